"""How the part numbers of a folder of captures match the lifecycle packs: exactly, by which rule, by train or series.

    python benchmarks/coverage.py FOLDER [--labels] [--packs FOLDER] [--unknown 20] [--all-types]

FOLDER is one that ``benchmarks/recognition.py`` takes. Counted are the boxes and the parts inside them as the night
would have them, the software that the devices run, and beside these what the labels say: of the device (a part number
or a model) and of the parts (``modelName``). ``--labels`` leaves the captures unread and counts the labels alone.
``--packs`` adds the packs of an estate folder to those that ship; ``--unknown`` names the most frequent products that
no row is about. Each group is counted by unit, and by distinct product, in which frequent ones weigh no more than rare.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from recognition import TYPES, recognised

from collectors.observation import UNIT_KINDS
from config.folder import Folder
from estate.inventory.units import units_of
from estate.lifecycle.coverage import share
from estate.lifecycle.match import match
from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.packs import Catalogue, load_packs
from estate.lifecycle.software import software_match

BOXES, PARTS, SOFTWARE = "boxes", "parts inside", "software"
LABELS, LABELLED_PARTS = "labels: devices", "labels: parts"
GROUPS = (BOXES, PARTS, SOFTWARE, LABELS, LABELLED_PARTS)
GRADES = {
    Grade.EXACT: "exactly", Grade.ALIAS: "by rule", Grade.TRAIN: "by train", Grade.SERIES: "by series",
    Grade.NONE: "not at all",
}  # fmt: skip
MAX_RULE = 90


class Product(NamedTuple):
    """What is looked up: ``part`` is the name of the system where ``group`` is software, ``model`` its version then."""

    group: str
    vendor: str
    part: str
    model: str


def seen(file: Path) -> list[Product]:
    """The products of a capture as the night would have them."""
    found = recognised(file)
    if found is None:
        return []
    products = [
        Product(
            PARTS if unit.kind in UNIT_KINDS else BOXES, unit.vendor or "", unit.part_number or "", unit.model or ""
        )
        for unit in units_of(found)
    ]
    if found.os and found.version:
        products.append(Product(SOFTWARE, found.vendor or "", found.os, found.version))
    return products


def labelled(case: dict[str, Any]) -> Iterable[Product]:
    """The products that the labels of a capture name."""
    vendor = case.get("vendor") or ""
    hardware = case["expected"].get("hardware")
    for name in hardware if isinstance(hardware, list) else [hardware]:
        if name:
            yield Product(LABELS, vendor, str(name), str(name))
    for row in case.get("entPhysical") or ():
        if name := row.get("modelName"):
            yield Product(LABELLED_PARTS, row.get("mfg") or vendor, str(name), str(name))


def looked_up(catalogue: Catalogue, product: Product) -> Match:
    """What the packs say of a product."""
    if product.group == SOFTWARE:
        return software_match(catalogue, product.vendor, product.part, product.model)
    found = match(catalogue, product.vendor, product.part, product.model)
    if found.grade is Grade.NONE and product.group == LABELLED_PARTS:
        return match(catalogue, "", product.part, "")  # mfg is often a code: without it only what one vendor has counts
    return found


def table(group: str, counts: Counter[Product], found: dict[Product, Match], unknown: int) -> None:
    """Print how one group matches."""
    products = [product for product in counts if product.group == group]
    units = sum(counts[product] for product in products)
    if not products:
        return
    print(f"\n{group}: {units:,} ({len(products):,} distinct)")
    for grade, words in GRADES.items():
        of_grade = [product for product in products if found[product].grade is grade]
        number = sum(counts[product] for product in of_grade)
        if not of_grade and grade in {Grade.TRAIN, Grade.SERIES}:
            continue
        shares = share(number, units), share(len(of_grade), len(products))
        print(f"  {words:12}{number:7,} {shares[0]:>6}{len(of_grade):9,} {shares[1]:>6}")
        rules = Counter[str]()
        for product in of_grade:
            if grade in {Grade.ALIAS, Grade.SERIES}:
                rules[found[product].rule] += counts[product]
        for rule, times in rules.most_common():
            print(f"    {times:5,}  {rule if len(rule) <= MAX_RULE else f'{rule[: MAX_RULE - 3]}...'}")
    missing = [product for product in products if found[product].grade is Grade.NONE]
    for product in sorted(missing, key=lambda one: (-counts[one], one))[:unknown]:
        print(
            f"    {counts[product]:5,}  no row: {product.vendor} {product.part or '(no part number)'} {product.model}"
        )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", action="store_true", help="count the labels alone; the captures are not read")
    parser.add_argument("--packs", type=Path, help="an estate folder whose packs are added to those that ship")
    parser.add_argument("--unknown", type=int, default=0, metavar="N", help="name the N most frequent unknown products")
    parser.add_argument("--all-types", action="store_true", help="not only those of a data centre and core network")
    options = parser.parse_args()
    if not (options.folder / "cases.jsonl").is_file():
        sys.exit(f"{options.folder} holds no cases.jsonl: name a folder of captures that says what they are")
    cases = [json.loads(line) for line in (options.folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    cases = [case for case in cases if case.get("device_group", case["case"]) == case["case"]]
    if not options.all_types:
        cases = [case for case in cases if case["type"] in TYPES]
    counts = Counter(product for case in cases for product in labelled(case))
    if not options.labels:
        with ProcessPoolExecutor() as pool:
            captures = [options.folder / "captures" / case["capture"] for case in cases]
            counts.update(product for products in pool.map(seen, captures, chunksize=20) for product in products)
    catalogue = load_packs(Folder(options.packs) if options.packs else None)
    found = {product: looked_up(catalogue, product) for product in counts}
    print(f"{len(cases)} devices; the columns: units, and distinct products")
    for group in GROUPS:
        table(group, counts, found, options.unknown)


if __name__ == "__main__":
    main()
