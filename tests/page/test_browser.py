"""Pages of graphs in a real browser: what is visible, clicks and keys, and that nothing is requested from anywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.page.documents import GRAPHS, HOSTILE, TODAY, checked, drawn, hostile, ladder, load, report_on, tangle
from tierdeps import DependencyGraph, Driver, GraphError, Tier, requires
from tierdeps.analysis.diff import compare, take_snapshot
from tierdeps.page import difference_document, order_document, page_lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.page.browser import Browser


def _ordered(path: Path) -> tuple[DependencyGraph, Any] | None:
    graph = load(path)
    try:
        return graph, graph.collapse()
    except GraphError:
        return None


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_every_graph_is_shown_with_its_findings_and_the_order_of_its_plan(browser: Browser, path: Path) -> None:
    graph = load(path).with_all_facts()
    browser.open(checked(graph))
    assert len(browser.texts("#findings .finding")) == len(report_on(graph).findings)
    ordered = _ordered(path)
    if ordered is not None:
        browser.open(order_document(*ordered))
        plan = ordered[1]
        assert browser.stages() == {tier.name: [list(stage) for stage in tier.stages] for tier in plan.tiers}


def test_a_switched_fact_changes_the_order_as_it_does_in_a_plan(browser: Browser) -> None:
    graph = load(TODAY)
    plan = graph.collapse()
    browser.open(order_document(graph, plan))
    for fact in ("pool.vhba", "domain.nwfilter"):
        browser.page.get_by_role("switch", name=fact).click()
    other = graph.with_all_facts({**plan.facts, "pool.vhba": True, "domain.nwfilter": True}).collapse()
    assert browser.stages() == {tier.name: [list(stage) for stage in tier.stages] for tier in other.tiers}
    assert browser.address == "flip=pool.vhba&flip=domain.nwfilter"


def test_a_cycle_is_bold_its_component_shaded_and_a_fix_shows_the_graph_without_it(browser: Browser) -> None:
    document = checked(tangle())
    browser.open(document)
    assert "no start order" in browser.texts("#summary")[0]
    browser.page.locator("#findings .finding").first.click()
    cycle = document["findings"][0]["cycle"]
    assert browser.edges(".named") == len(cycle["path"])
    assert browser.edges(".cut") == len(cycle["cut"])
    assert browser.edges(".component") == len(cycle["component"])
    assert browser.count(".driver.member") == 40
    browser.page.get_by_role("button", name="Show without the proposed cut").click()
    assert "no cycle" in browser.texts("#summary")[0]
    assert browser.edges(".gone") == len(cycle["cut"])
    assert browser.address == "fix=cut&finding=1"


def test_a_fix_of_several_declarations_lists_them_with_their_places(browser: Browser) -> None:
    document = checked(tangle())
    browser.open(document, "finding=1")
    (fix,) = [fix for fix in browser.texts(".fix") if fix.startswith("remove all ")]
    first, *listed, proof = fix.splitlines()
    parts = document["findings"][0]["fixes"][0]["parts"]
    assert first == f"remove all {len(parts)} of these dependencies:"
    assert [line for line in listed if line] == [line for part in parts for line in (part["text"], part["origin"])]
    assert proof.startswith("verified: ")


def test_a_verified_fix_moves_a_driver(browser: Browser) -> None:
    tiers = (Tier("early"), Tier("late", after=("early",)))
    first = Driver("a", tier="early", dependencies=(requires("b"),))
    drivers = (first, Driver("b", tier="late"), Driver("c", tier="late"))
    browser.open(checked(DependencyGraph(drivers, tiers)), "finding=1")
    assert browser.edges(".bad") == 1
    for button in browser.page.get_by_role("button", name="Show the graph after this fix").all():
        button.click()
        if browser.stages() == {"early": [["b"], ["a"]], "late": [["c"]]}:
            break
    else:
        pytest.fail(f"no fix moves b: {browser.stages()}")
    assert browser.edges(".bad") == 0
    browser.page.locator("#bands .driver", has_text="a").first.click()
    assert "a later tier" not in browser.texts("#detail")[0]


def test_a_click_shows_what_a_driver_needs_and_the_address_brings_it_back(browser: Browser) -> None:
    document = checked(load(TODAY).with_all_facts())
    browser.open(document)
    browser.page.locator(".driver", has_text="storage").filter(has_not_text="virt").click()
    number = [driver["name"] for driver in document["drivers"]].index("storage")
    ends = [(edge["from"], edge["to"]) for edge in document["edges"]]
    assert browser.edges(".needs") == sum(start == number for start, _ in ends)
    assert browser.edges(".dependents") == sum(end == number for _, end in ends)
    browser.page.locator("#show").select_option("needs")
    browser.page.locator("#deep").check()
    address = browser.address
    assert address == "driver=storage&show=needs&deep=1"
    drawn_edges = browser.edges()
    browser.open(document, address)
    assert browser.edges() == drawn_edges
    assert browser.edges(".dependents") == 0


def test_the_path_between_two_drivers_has_reasons_and_places(browser: Browser) -> None:
    link = "vscode://file/{file}:{line}".replace("{", "%7B").replace("}", "%7D")
    browser.open(checked(load(TODAY).with_all_facts()), f"driver=storage&why=remote&link={link}")
    (item,) = browser.texts("#path > li")
    assert "requires" in item
    assert "it opens a connection inside the daemon" in item
    href = browser.page.locator("#path a").get_attribute("href")
    assert href is not None
    assert href.startswith("vscode://file/libvirt-today.toml:")
    browser.page.locator("#why").fill("uml")
    browser.page.locator("#why").press("Enter")
    assert "storage" in browser.texts("#path, .nopath")[0] or "uml" in browser.texts("#path, .nopath")[0]


@pytest.mark.parametrize("link", ["javascript:document.title='run'//{file}", "data:text/html,{file}", "//evil/{file}"])
def test_a_template_for_links_of_another_scheme_links_nothing(browser: Browser, link: str) -> None:
    browser.open(checked(load(TODAY).with_all_facts()), f"driver=storage&link={link}")
    assert browser.count("#side a") == 0
    assert browser.page.title() == "Check of dependencies"


def test_the_keyboard_is_enough(browser: Browser) -> None:
    browser.open(checked(load(TODAY).with_all_facts()))
    keyboard = browser.page.keyboard
    keyboard.press("/")
    keyboard.type("sto")
    assert browser.texts("#results [role=option]") == ["storage", "virtstoraged"]
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    assert browser.address == "driver=virtstoraged"
    keyboard.press("Tab")
    browser.page.locator('.driver[tabindex="0"]').focus()
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    assert browser.address not in {"", "driver=virtstoraged"}
    keyboard.press("t")
    keyboard.press("d")
    assert browser.address.endswith("show=dependents&deep=1")
    keyboard.press("Escape")
    assert browser.address == ""
    assert browser.count('.driver[tabindex="0"]') == 1


def test_a_quorum_and_a_host_are_in_the_details(browser: Browser) -> None:
    fleet = load(next(path for path in GRAPHS if path.name == "fleet-libvirt.toml"))
    browser.open(checked(fleet.with_all_facts()), "driver=mgr")
    assert "host\nkvm1" in browser.texts("#detail dl")[0]
    assert all("requires, at least 2 of mon@*" in text for text in browser.texts("#detail .how"))


def test_a_quorum_counts_the_drivers_that_the_facts_leave(browser: Browser) -> None:
    members = [Driver(f"mon@{name}", when=f"has.{name}") for name in "abc"]
    quorum = requires("mon@*", atleast=2, reason="it asks them")
    browser.open(drawn([*members, Driver("mgr", dependencies=(quorum,))]), "driver=mgr")
    assert browser.texts("#detail .how")[0] == "requires, at least 2 of mon@*"
    browser.page.get_by_role("switch", name="has.a").click()
    assert browser.texts("#detail .how") == ["requires, at least 2 of mon@* (2 left)"] * 2
    assert "no start order" not in browser.texts("#summary")[0]
    browser.page.get_by_role("switch", name="has.b").click()
    assert browser.texts("#summary")[0].endswith("no cycle, 1 quorum out of reach: no start order")
    browser.page.get_by_role("switch", name="has.a").click()
    assert "no start order" not in browser.texts("#summary")[0]


def test_elements_have_roles_and_names(browser: Browser) -> None:
    browser.open(checked(load(TODAY).with_all_facts()))
    page = browser.page
    assert page.get_by_role("region", name="tier core").count() == 1
    assert page.get_by_role("combobox", name="Search").count() == 1
    assert page.get_by_role("main", name="Drivers by tier and stage").count() == 1
    assert page.get_by_role("complementary", name="Details").count() == 1
    page.get_by_role("button", name="storage", exact=True).click()
    browser.settle()
    assert page.get_by_role("button", name="storage", pressed=True, exact=True).count() == 1


def test_filters_show_a_part_and_tiers_can_be_collapsed(browser: Browser) -> None:
    browser.open(checked(load(TODAY).with_all_facts()), "show=all")
    everything = browser.count(".driver")
    edges = browser.edges()
    browser.page.locator("#kind").select_option("wants")
    assert 0 < browser.edges() < edges
    assert 0 < browser.count(".driver") < everything
    browser.page.locator("#kind").select_option("")
    browser.page.locator("#tier").select_option("core")
    assert list(browser.stages()) == ["core"]
    browser.page.locator("#tier").select_option("")
    browser.page.get_by_role("button", name="core", exact=True).click()
    assert browser.address == "fold=core&show=all"
    assert list(browser.stages()) == ["connection", "hypervisor"]
    assert 0 < browser.edges() < edges


def test_a_difference_shows_what_came_went_and_moved(browser: Browser) -> None:
    old = DependencyGraph((Driver("a"), Driver("b", dependencies=(requires("a"),)), Driver("gone")))
    new = DependencyGraph((Driver("a", dependencies=(requires("new"),)), Driver("b"), Driver("new")))
    browser.open(difference_document(compare(take_snapshot("old", old), take_snapshot("new", new))))
    assert browser.texts("#summary") == ["3 drivers, 1 dependency, no cycle"]
    assert browser.texts(".driver.added bdi") == ["new"]
    assert browser.texts(".driver.removed bdi") == ["gone"]
    assert sorted(browser.texts(".driver.moved bdi")) == ["a", "b"]
    assert (browser.edges(".added"), browser.edges(".removed")) == (1, 1)
    browser.page.get_by_role("button", name="a moved").click()
    assert "stage 1" in browser.texts("#detail dl")[0]


def test_hostile_names_are_text(browser: Browser) -> None:
    browser.open(checked(hostile()), "show=all")
    assert browser.page.title() == "Check of dependencies"
    assert browser.count("main img, main script") == 0
    names = browser.page.evaluate("[...document.querySelectorAll('.driver bdi')].map((name) => name.textContent)")
    assert {"\\u202egnp.exe", "a\\u000ab\\u2028c\\u0000d\\u001b[31m", "größe 日本 🚀", HOSTILE[0]} <= set(names)
    for button in browser.page.locator(".driver").all():
        button.click()
        assert len(browser.texts("#detail h2")) == 1
    browser.page.locator("#tier").select_option(index=1)
    assert browser.count(".band") == 1


def test_on_a_narrow_screen_nothing_is_wider_than_it(browser: Browser) -> None:
    browser.page.set_viewport_size({"width": 400, "height": 800})
    for document in (checked(hostile()), checked(load(TODAY).with_all_facts()), checked(tangle())):
        browser.open(document, "finding=1")
        assert browser.page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_thousand_drivers_are_shown_with_all_their_edges(browser: Browser) -> None:
    document = drawn(*ladder(1000))
    browser.open(document, "show=all")
    assert browser.count(".driver") == 1000
    assert browser.edges() == len(document["edges"])


def test_many_drivers_begin_with_collapsed_tiers(browser: Browser) -> None:
    document = {**drawn(*ladder(3000)), "omitted": {"drivers": 7, "edges": 1}}
    browser.open(document)
    assert browser.count(".driver") == 0
    assert len(browser.texts(".band.folded")) == 5
    assert browser.texts("#omitted")[0].startswith("This page omits 7 drivers and 1 dependency")
    browser.page.locator("#search").fill("driver-02777")
    browser.page.locator("#search").press("Enter")
    assert browser.texts('.driver[aria-pressed="true"]') == ["driver-02777"]


def test_a_tier_of_any_name_can_be_collapsed(browser: Browser) -> None:
    browser.open(drawn([Driver("a", tier="-"), Driver("b", tier="x")], [Tier("-"), Tier("x")]))
    browser.page.get_by_role("button", name="-", exact=True).click()
    assert browser.texts(".folded .fold") == ["-"]


def test_the_tier_of_the_chosen_driver_can_be_collapsed(browser: Browser) -> None:
    browser.open(drawn([Driver("a"), Driver("b")]), "driver=a")
    browser.page.locator(".fold").click()
    assert browser.count(".driver") == 0
    browser.open(drawn([Driver("a"), Driver("b")]), "driver=a")
    browser.page.get_by_role("button", name="Collapse tiers").click()
    assert browser.count(".driver") == 0


def test_the_focus_stays_where_it_was(browser: Browser) -> None:
    browser.open(checked(tangle()))
    focused = "document.activeElement.textContent + (document.activeElement.dataset.fix ?? '')"
    browser.page.locator(".finding").first.focus()
    browser.page.keyboard.press("Enter")
    browser.settle()
    assert browser.page.evaluate(focused).startswith("error TD101")
    button = browser.page.locator(".showfix").last
    wanted = (button.text_content() or "") + (button.get_attribute("data-fix") or "")
    button.focus()
    browser.page.keyboard.press("Enter")
    browser.settle()
    assert browser.page.evaluate(focused) == wanted
    browser.page.locator(".fold").first.focus()
    browser.page.keyboard.press("Enter")
    browser.settle()
    assert browser.page.evaluate(focused) == "default"


def test_a_path_can_be_chosen_to_a_driver_with_invisible_characters(browser: Browser) -> None:
    name = "x\n\u202ey"
    browser.open(drawn([Driver("a", dependencies=(requires(name),)), Driver(name)]), "driver=a")
    browser.page.locator("#why").focus()
    assert "x\\u000a\\u202ey" in browser.page.locator("#names option").evaluate_all(
        "all => all.map((one) => one.value)"
    )
    browser.page.locator("#why").fill("x\\u000a\\u202ey")
    browser.page.locator("#why").press("Enter")
    assert len(browser.texts("#path > li")) == 1


def test_targets_that_are_not_resolved_are_counted(browser: Browser) -> None:
    browser.open(checked(DependencyGraph((Driver("self", dependencies=(requires("self"),)),))))
    assert browser.texts("#summary") == ["1 driver, 0 dependencies, no cycle, 1 target not resolved"]
    assert browser.texts(".count") == ["1 driver", "1 target"]


def test_a_required_driver_that_a_fact_removes_leaves_no_start_order(browser: Browser) -> None:
    needs = (requires("a"), requires("nowhere", when="g"))
    optional = Driver("c", dependencies=(requires("a", optional=True), requires("x@*")))
    others = (Driver("x@a", when="f"), Driver("x@b"), Driver("d", when="f", dependencies=(requires("a"),)))
    browser.open(drawn([Driver("a", when="f"), Driver("b", dependencies=needs), optional, *others]))
    assert browser.texts("#summary")[0].endswith("no cycle, 1 target not resolved")
    browser.page.get_by_role("switch", name="f").click()
    assert ", 1 required driver absent: no start order, 1 target" in browser.texts("#summary")[0]
    browser.page.get_by_role("switch", name="g").click()
    assert browser.texts("#summary")[0].endswith("absent: no start order")


def test_an_empty_graph_is_a_page(browser: Browser) -> None:
    for document in (drawn([]), checked(DependencyGraph(()))):
        browser.open(document)
        assert browser.texts("#summary") == ["0 drivers, 0 dependencies, no cycle"]


def test_without_scripts_the_page_says_what_it_needs(browser: Browser) -> None:
    text = "\n".join(page_lines(drawn([Driver("a")])))
    assert "<noscript>" in text
    assert json.loads(text.partition('id="data">')[2].partition("</script>")[0])["drivers"][0]["name"] == "a"
