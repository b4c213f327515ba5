"""Pools on the screen of servers: made, changed, put away, and chosen by a campaign."""


def servers_of(sample, name):
    return sample.json("pool", "show", name)["servers"]


def test_made_with_weights_and_order(start_ui, sample):
    ui = start_ui(sample)
    ui.key("4", "p", "enter")
    assert ui.shows("Servers > pool > Edit") and ui.shows("weight 1: 50 % of the mail")
    ui.key("+", "+")
    assert ui.shows("weight 3: 75 % of the mail") and ui.shows("not saved")
    ui.key("down", "-")
    assert ui.shows("reserve: only while the others cannot")
    ui.key("-", "<", "enter")
    assert ui.shows("Saved: pool.") and ui.shows("[4Servers]")
    assert servers_of(sample, "pool") == "main:0, backup:3"
    ui.key("1")
    ui.quit()


def test_a_name_that_is_taken(start_ui, sample):
    ui = start_ui(sample)
    ui.key("4", "p", "ctrl-u")
    ui.type("main")
    ui.key("enter")
    assert ui.shows("There is a server of this name already.")
    ui.key("ctrl-u")
    ui.type("together")
    ui.key("enter")
    assert ui.shows("There is a pool of this name already.")
    ui.key("esc")
    assert ui.shows("[4Servers]")


def test_leaving_asks_and_nothing_is_lost(start_ui, sample):
    ui = start_ui(sample)
    ui.key("4", "end", "enter")
    assert ui.shows("Servers > together > Edit")
    ui.key("space")
    assert ui.shows("not in it")
    ui.key("esc")
    assert ui.shows("together is not saved.")
    ui.key("esc")
    assert ui.shows("Servers > together > Edit") and ui.shows("not saved")
    ui.key("esc", "d")
    assert ui.shows("[4Servers]") and servers_of(sample, "together") == "main:3, backup:0"
    ui.key("enter", "down", "space", "esc", "s")
    assert ui.shows("[4Servers]") and servers_of(sample, "together") == "main:3"


def test_one_without_servers_is_not_saved(start_ui, sample):
    ui = start_ui(sample)
    ui.key("4", "end", "enter", "space", "down", "space", "enter")
    assert ui.shows("a pool needs at least one server")
    assert servers_of(sample, "together") == "main:3, backup:0"


def test_what_a_pool_cannot_and_the_bin(start_ui, sample):
    ui = start_ui(sample)
    ui.key("4", "end", "t")
    assert ui.shows("This is a pool: do that with its servers.")
    ui.key("d")
    assert ui.shows("together is in the bin for 30 days.") and sample.json("pool", "list") == []
    ui.key("u")
    assert ui.shows("together is back.") and servers_of(sample, "together") == "main:3, backup:0"


def test_a_campaign_goes_by_a_pool(start_ui, sample):
    sample.run("campaign", "set", "volunteers", "--server", "together")
    ui = start_ui(sample)
    ui.key("2", "down", "down", "e", "pagedown", "pagedown", "pagedown")
    assert ui.shows("together")
    ui.key("enter")
    for name in ("backup", "main", "together"):
        assert ui.shows(name), ui.picture()
