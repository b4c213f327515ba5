"""The screens that every test of screens goes through. A new screen joins by a row."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Screen:
    """How to get there from Home on the sample workspace, and what is special about it.

    keys: pressed one after the other, each with its frame.
    shows: words that stand on it, so that a test knows it has arrived.
    is_live: a running worker moves it.
    """
    name: str
    keys: tuple = ()
    shows: str = ""
    is_live: bool = False

    def __str__(self):
        return self.name


SCREENS = (
    Screen("home", (), "[1Home]"),
)
NAMES = [str(screen) for screen in SCREENS]


def go(ui, screen):
    """From Home, as the UI begins."""
    ui.key(*screen.keys)
    assert ui.shows(screen.shows), f"{screen} was not reached\n{ui.picture()}"
    return ui
