"""Geo-PKO: what its file says and nothing else; what it cannot say is refused, with its line."""

from __future__ import annotations

import pytest

from sources.files import Files, deployment


def test_a_contingent_has_its_mission_sites_and_estimates(files: Files) -> None:
    rows = [
        deployment("2014", "Cambodia (150), Morocco (650)"),
        deployment("2015", "Korea (ROK) (10), Morocco (650), TCC name unknown (35)"),
        deployment("2017", "Morocco (size unknown)"),
        deployment("2018", "Morocco (300)", location="Bangassou", latitude="4.737921", longitude="22.816399"),
        deployment("2019", "Cambodia (150)"),
    ]
    graph = files.graph("geo-pko", files.geo_pko(*rows))
    mission, bria = "id:geo-pko-morocco-minusca", "id:geo-pko-morocco-minusca-bria"
    assert graph.of_kind("PeaceOperationParticipation") == {mission}
    assert graph.one(mission, "ally:isParticipationIn") == "id:minusca"
    assert graph.all(mission, "ally:hasParty") == {"id:morocco", "id:united-nations"}
    assert graph.one(mission, "ally:hasCooperationType") == "coop:peacekeeping"
    assert graph.dated(mission, "start") == ("2014-01-01", "year")
    assert graph.dated(mission, "end") == ("2018-01-01", "year")
    assert graph.all(mission, "ally:hasDeploymentSite") == {bria, f"{mission}-bangassou"}
    assert graph.dated(bria, "end") == ("2017-01-01", "year")
    assert (graph.one(bria, "geo:lat"), graph.one(bria, "geo:long")) == ("6.539023", "21.99111")
    assert graph.one(bria, "ally:personnelEstimate") == "650 (2014–2015), size unknown (2017)"


def test_a_contingent_of_the_last_year_of_the_data_is_open(files: Files) -> None:
    graph = files.graph(
        "geo-pko", files.geo_pko(deployment("2023", "Morocco (650)"), deployment("2024", "Morocco (650)"))
    )
    for name in ("id:geo-pko-morocco-minusca", "id:geo-pko-morocco-minusca-bria"):
        assert graph.dated(name, "end") is None
        assert graph.one(name, "ally:hasEndStatus") == "end-status:open"
        assert graph.dated(name, "lastRecorded") == ("2024-01-01", "year")


@pytest.mark.parametrize(
    ("written", "kept"),
    [("29.364038999999998", "29.364039"), ("27.4723982", "27.4723982"), ("21", "21.0"), ("20.50", "20.5")],
)
def test_degrees_are_kept_without_the_noise_of_binary_fractions(files: Files, written: str, kept: str) -> None:
    graph = files.graph("geo-pko", files.geo_pko(deployment("2014", "Morocco (35)", longitude=written)))
    assert graph.one("id:geo-pko-morocco-minusca-bria", "geo:long") == kept


def test_one_name_with_two_positions_is_two_sites(files: Files) -> None:
    elsewhere = deployment("2014", "Morocco (35)", latitude="7.5", longitude="21")
    graph = files.graph("geo-pko", files.geo_pko(elsewhere, deployment("2014", "Morocco (650)")))
    assert len(graph.of_kind("DeploymentSite")) == 2
    assert graph.one("id:geo-pko-morocco-minusca-bria", "ally:personnelEstimate") == "650 (2014)"
    assert graph.one("id:geo-pko-morocco-minusca-bria-2", "geo:long") == "21.0"


GEO_PKO_ERRORS = {
    "a name": (deployment("2014", "Marocco (650)"), "'Marocco' is no contributor known from Geo-PKO 2.3"),
    "a size": (deployment("2014", "Morocco (many)"), "year.overview is not a list of names and sizes"),
    "a count": (deployment("2014", "Morocco (650)", **{"No.TCC": "2"}), "No.TCC is '2', but year.overview lists 1"),
    "a year": (deployment("20014", "Morocco (650)"), "year is '20014', not a year of UN peacekeeping"),
    "no year": (deployment("", "Morocco (650)"), "year is '', not a year of UN peacekeeping"),
    "a latitude": (deployment("2014", "Morocco (650)", latitude="96.5"), "96.5, 21.99111 is no place on Earth"),
    "a longitude": (deployment("2014", "Morocco (650)", longitude="E21"), "longitude is 'E21', not a number"),
    "a mission": (deployment("2014", "Morocco (650)", mission="UNOWN"), "no peace operation id:unown; describe it in"),
}


@pytest.mark.parametrize("case", GEO_PKO_ERRORS)
def test_what_geo_pko_does_not_have_is_refused(files: Files, case: str) -> None:
    row, told = GEO_PKO_ERRORS[case]
    assert f"TCCMap_v.2.3.csv:2: {told}" in files.error("geo-pko", files.geo_pko(row))
