from __future__ import annotations

import pytest
from certification_world import World, build

from certification.models import Service


@pytest.fixture
def world(db: None, _database_tests_run_as_web: None) -> World:
    """A registry ready for applications; everything runs with the rights of the web process."""
    return build()


@pytest.fixture
def qualified(world: World) -> Service:
    """A service that was granted the level qualified by two people."""
    return world.granted()
