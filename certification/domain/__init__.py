"""Pure rules of certification: lifecycles, the frozen content of a decision, separation of powers, document levels."""
