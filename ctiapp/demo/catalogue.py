"""What Larkmoor Home sells. Prices are whole pence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    slug: str
    name: str
    category: str
    pence: int
    picture: str
    line: str
    detail: str
    facts: tuple[tuple[str, str], ...]

    @property
    def price(self) -> str:
        return pounds(self.pence)


@dataclass(frozen=True)
class Category:
    slug: str
    name: str
    line: str
    skills: str


def pounds(pence: int) -> str:
    return f"£{pence / 100:,.2f}"


CATEGORIES = (
    Category("kitchens", "Kitchens", "Units, worktops and taps, made to measure in our own workshop.", "kitchens"),
    Category("lighting", "Lighting", "Lamps that are kind to evenings. Every one can be repaired.", "lighting"),
    Category("living", "Living", "Chairs and shelves for the rooms you stay in longest.", "living"),
)

PRODUCTS = (
    Product(
        "base-unit-600",
        "Base unit 600, oak",
        "kitchens",
        20600,
        "base-unit.svg",
        "Solid oak front, soft-closing drawers",
        "Three dovetailed drawers in a 600 mm carcass. Arrives assembled; the feet adjust from 90 to 160 mm, so an old "
        "floor is no reason for a crooked kitchen.",
        (("Width", "600 mm"), ("Height", "870 mm with feet"), ("Front", "Oak, oiled"), ("Delivery", "3 weeks")),
    ),
    Product(
        "worktop-oak",
        "Oak worktop, 2.4 m",
        "kitchens",
        23600,
        "worktop.svg",
        "Cut to your drawing, oiled on all sides",
        "Full-stave oak, 40 mm thick. We cut openings for hob and sink from your drawing and send the offcuts along. "
        "Longer than a lift is deep? We cut it in two and send the joint with it.",
        (("Length", "2,400 mm"), ("Depth", "620 mm"), ("Thickness", "40 mm"), ("Delivery", "4 weeks")),
    ),
    Product(
        "bridge-tap",
        "Bridge tap, brass",
        "kitchens",
        18900,
        "tap.svg",
        "Solid brass that is allowed to age",
        "Quarter-turn ceramic valves under old-fashioned handles. Washers and valves are standard sizes, and we keep "
        "every part for twenty years.",
        (("Reach", "210 mm"), ("Holes", "2, 180 mm apart"), ("Finish", "Raw brass"), ("Delivery", "5 days")),
    ),
    Product(
        "alder-floor-lamp",
        "Alder floor lamp",
        "lighting",
        14800,
        "floor-lamp.svg",
        "A linen shade on three turned legs",
        "Turned alder, a linen shade and a cloth-covered lead with a foot switch. The shade lifts off without tools, "
        "which is how it should be washed.",
        (("Height", "1,520 mm"), ("Lamp", "E27, up to 60 W"), ("Lead", "2.5 m"), ("Delivery", "5 days")),
    ),
    Product(
        "harbour-pendant",
        "Harbour pendant",
        "lighting",
        9600,
        "pendant.svg",
        "Spun steel, enamelled twice",
        "Looks right over a table of four, or in a row of three over a worktop. White inside, so the light comes back "
        "down instead of warming the ceiling.",
        (("Diameter", "360 mm"), ("Lamp", "E27, up to 40 W"), ("Drop", "Up to 1.8 m"), ("Delivery", "5 days")),
    ),
    Product(
        "reading-chair",
        "Reading chair",
        "living",
        54000,
        "chair.svg",
        "Ash and wool, with a headrest that moves",
        "Steam-bent ash and wool from two valleys away. The cover comes off, the webbing is replaceable, and the arms "
        "are wide enough for a cup.",
        (("Seat", "460 mm high"), ("Wool", "Moss, chalk or rust"), ("Frame", "Ash, soaped"), ("Delivery", "6 weeks")),
    ),
    Product(
        "ladder-shelf",
        "Ladder shelf",
        "living",
        22500,
        "shelf.svg",
        "Five shelves, no screws",
        "Wedged joints hold it together, so it moves house as often as you do. Leans on any wall that is a wall.",
        (("Height", "1,980 mm"), ("Width", "720 mm"), ("Load", "18 kg a shelf"), ("Delivery", "2 weeks")),
    ),
)

BY_SLUG = {product.slug: product for product in PRODUCTS}
CATEGORY = {category.slug: category for category in CATEGORIES}
