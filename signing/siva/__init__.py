"""The interface of SiVa V3 (open-eid), so that its clients can ask this validator without a change."""
