from __future__ import annotations

import pytest
from certification_world import World, build

from certification.domain.decisions import DecisionContent
from certification.models import Application, Decision, Service


@pytest.fixture
def world(db: None, _database_tests_run_as_web: None) -> World:
    """A registry ready for applications; everything runs with the rights of the web process."""
    return build()


@pytest.fixture
def qualified(world: World) -> Service:
    """A service that was granted the level qualified by two people."""
    return world.granted()


@pytest.fixture
def case(world: World) -> Application:
    return world.case(world.service())


@pytest.fixture
def draft(world: World, case: Application) -> DecisionContent:
    return world.draft_grant(case)


@pytest.fixture
def proposed(world: World, draft: DecisionContent) -> Decision:
    return world.propose(draft)
