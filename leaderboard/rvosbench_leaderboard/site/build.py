"""All pages of the site, made from records alone: neither time nor machine is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from rvosbench_leaderboard.records.exporting import as_csv, as_json, as_json_text
from rvosbench_leaderboard.records.model import Method, Record, Records
from rvosbench_leaderboard.records.schema import SCHEMA
from rvosbench_leaderboard.site import copies, figures, slices
from rvosbench_leaderboard.site.boards import Board, Entry, Pages, Row, build_board
from rvosbench_leaderboard.site.charts import charts_of
from rvosbench_leaderboard.site.facts import Facts
from rvosbench_leaderboard.site.names import board_pages, dataset_titles, method_pages, record_pages
from rvosbench_leaderboard.site.rendering import Renderer, assets
from rvosbench_leaderboard.site.transfer import transfer

TITLE = "RVOS results"
MEANINGS: Mapping[str, str] = {
    "printed": "It stands in a paper's table, and nobody has checked it.",
    "self-reported": "Its authors reported it elsewhere, such as in a README; nobody has checked it.",
    "re-scored": "Predictions were scored by the harness; their hash and the result's fingerprint are kept.",
    "reproduced": "The predictions were made again by the commands that the record keeps, and scored.",
}
KINDS = (
    ("method", "A method as its authors built it. Only methods are ranked."),
    ("ablation", "A method with a part left out or exchanged, to see what that part is worth."),
    ("baseline", "A small model or a simple rule that the harness ran, to measure against."),
    ("floor", "What needs no understanding of the sentence, such as the largest object of every video."),
    ("ceiling", "What the best possible choice would reach, made with the ground truth."),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A method on the page of all methods."""

    id: str
    name: str
    kind: str
    published: str
    records: tuple[Record, ...]
    datasets: tuple[str, ...]


def build_site(records: Records, title: str = TITLE) -> dict[str, bytes]:
    """Path from the top of the site -> content."""
    made = _Site(records, title)
    return dict([*assets(), *made.pages(), *made.files(), (".nojekyll", b"")])


class _Site:
    """What all pages of one site share."""

    def __init__(self, records: Records, title: str) -> None:
        self.records = records.records
        of_board = records.by_board()
        self.datasets = dataset_titles(key[0] for key in of_board)
        self.of_method: dict[str, list[Record]] = {}
        for one in self.records:
            self.of_method.setdefault(one.method.id, []).append(one)
        self.addresses = Pages(
            board_pages(of_board), method_pages(self.of_method), record_pages(one.id for one in self.records)
        )
        alone = {key: sum(other[:2] == key[:2] for other in of_board) == 1 for key in of_board}
        self.facts = Facts.among(self.records)
        self.boards = [
            build_board(
                key,
                key[1] if alone[key] else f"{key[1]}, protocol {key[2]}",
                group,
                self.facts,
                self.addresses,
            )
            for key, group in of_board.items()
        ]
        self.rows_of: dict[str, list[tuple[Board, list[Row]]]] = {one: [] for one in self.of_method}
        for board in self.boards:
            groups: dict[str, list[Row]] = {}
            for row in board.rows:
                groups.setdefault(row.record.method.id, []).append(row)
            for identity, rows in groups.items():
                self.rows_of[identity].append((board, rows))
        self.apart = [one for one in self.records if one.board is None]
        counts = {
            status: sum(one.status == status for one in self.records if one.board) for status in MEANINGS
        }
        self.statuses = [(status, counts[status], text) for status, text in MEANINGS.items()]
        self.render = Renderer(
            title,
            len(self.records),
            {
                "pages": self.addresses,
                "names": {name: group[0].method.name for name, group in self.of_method.items()},
                "datasets": self.datasets,
                "source": figures.source,
                "variant": _variant,
                "millions": figures.millions,
                "doubts_of": figures.doubts,
                "statuses": self.statuses,
            },
        )

    def pages(self) -> Iterator[tuple[str, bytes]]:
        yield "index.html", self._index()
        for board in self.boards:
            yield board.page, self._board(board)
        listed = self._listed()
        yield "methods.html", self.render.page("methods.html", "site/methods.html", "methods", methods=listed)
        for one in listed:
            page = self.addresses.methods[one.id]
            yield page, self._method(page, one)
        for board_or_none, row, record in self._with_boards():
            page = self.addresses.records[record.id]
            yield page, self._record(page, board_or_none, row, record)
        best = transfer(self.boards)
        yield (
            "training.html",
            self.render.page("training.html", "site/training.html", "training", transfer=best),
        )
        yield (
            "flagged.html",
            self.render.page("flagged.html", "site/flagged.html", "flagged", doubts=self._doubts()),
        )
        yield "about.html", self.render.page("about.html", "site/about.html", "about", kinds=KINDS)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The records for spreadsheets and programs: all, and those of each board."""
        groups = [("records", self.records), *((_stem(one), one.records) for one in self.boards)]
        for stem, records in groups:
            yield f"data/{stem}.csv", as_csv(records).encode("utf-8", "replace")
            yield f"data/{stem}.json", as_json_text(as_json(records)).encode("utf-8", "replace")
        yield "data/schema.json", as_json_text(SCHEMA).encode("utf-8")

    def _downloads(self, board: Board) -> list[tuple[str, str]]:
        return [(form.upper(), f"data/{_stem(board)}.{form}") for form in ("csv", "json")]

    def _index(self) -> bytes:
        groups: dict[str, list[Board]] = {}
        for board in self.boards:
            groups.setdefault(self.datasets[board.key[0]], []).append(board)
        doubtful = sum(bool(figures.doubts(one)) for one in self.records)
        return self.render.page(
            "index.html", "site/index.html", "boards", groups=groups.items(), doubtful=doubtful
        )

    def _board(self, board: Board) -> bytes:
        dataset = self.datasets[board.key[0]]
        charts = charts_of(board, self.facts)
        steady = slices.stability(board.records)
        apart = slices.attributes(board.records, board.headline)
        doubtful = [row for row in board.rows if figures.doubts(row.record)]
        sections = [
            ("table", "Table"),
            *((chart.name, chart.title) for chart in charts),
            *((("stability", "Stability"),) if steady else ()),
            *((("attributes", "By attribute"),) if apart else ()),
            *((("flagged", "Doubtful figures"),) if doubtful else ()),
        ]
        return self.render.page(
            board.page,
            "site/board.html",
            "boards",
            board=board,
            dataset=dataset,
            beside=[one for one in self.boards if one.key[0] == board.key[0]],
            trail=[("Boards", "../index.html"), (dataset, f"../{board.page}")],
            sections=sections,
            downloads=self._downloads(board),
            unsure=any(cell.text.endswith("?") for row in board.rows for cell in row.cells if cell.url),
            charts=charts,
            stability=steady,
            attributes=apart,
            doubtful=doubtful,
            latex=copies.latex(board, dataset),
            markdown=copies.markdown(board, dataset),
            bibtex=copies.bibtex(board.rows),
            without_bibtex=copies.without_bibtex(board.rows),
            entry_url=_page_of,
        )

    def _listed(self) -> list[Listed]:
        found = []
        for identity, records in self.of_method.items():
            method = records[0].method
            datasets = sorted({self.datasets[one.dataset] for one in records if one.board})
            found.append(
                Listed(identity, method.name, method.kind, method.published, tuple(records), tuple(datasets))
            )
        return sorted(found, key=lambda one: (one.kind != "method", one.name.lower(), one.id))

    def _method(self, page: str, listed: Listed) -> bytes:
        return self.render.page(
            page,
            "site/method.html",
            "methods",
            method=listed.records[0].method,
            trail=[("Methods", "../methods.html"), (listed.name, f"../{page}")],
            also_called=[
                one for one, group in self.of_method.items() if group[0].method.same_as == listed.id
            ],
            tables=[(board, rows, _told(board, rows)) for board, rows in self.rows_of[listed.id]],
            costs=[one for one in listed.records if _tells_costs(one)],
        )

    def _with_boards(self) -> Iterator[tuple[Board | None, Row | None, Record]]:
        yield from ((board, row, row.record) for board in self.boards for row in board.rows)
        yield from ((None, None, one) for one in self.apart)

    def _record(self, page: str, board: Board | None, row: Row | None, record: Record) -> bytes:
        headline = board.headline if board else ""
        metrics = board.metrics if board else ()
        where = [("Boards", "../index.html")]
        if board:
            where.append((f"{self.datasets[record.dataset]}, {board.title}", f"../{board.page}"))
        return self.render.page(
            page,
            "site/record.html",
            "boards",
            record=record,
            board=board,
            headline=headline,
            trail=where,
            meaning=MEANINGS[record.status],
            metrics=[
                (key, figures.printed(record, key), figures.interval(record, key))
                for key in metrics
                if key in record.metrics
            ],
            doubts=figures.doubts(record),
            remarks=[flag for flag in record.flags if flag not in figures.doubts(record)],
            provenance=_provenance(record, row),
            hashes=_hashes(record),
            details=_details(record.method, record),
            stability=slices.stability_of(record),
            attributes=slices.attributes([record], headline),
            videos=[(name, f"{value:.2f}") for name, value in sorted((record.videos or {}).items())],
        )

    def _doubts(self) -> list[tuple[str, list[Record]]]:
        groups = []
        for board in self.boards:
            found = [one for one in board.records if figures.doubts(one)]
            if found:
                groups.append((f"{self.datasets[board.key[0]]}, {board.title}", found))
        rest = [one for one in self.apart if figures.doubts(one)]
        return [*groups, *([("Apart from any board", rest)] if rest else [])]


def _stem(board: Board) -> str:
    return PurePosixPath(board.page).stem


def _page_of(entry: Entry) -> str:
    return entry.page


def _told(board: Board, rows: list[Row]) -> list[int]:
    """Which of the metrics of a board any of these rows has."""
    return [
        place for place, key in enumerate(board.metrics) if any(key in row.record.metrics for row in rows)
    ]


def _variant(record: Record) -> str:
    return ", ".join(part for part in (record.method.backbone, figures.training(record)) if part)


def _tells_costs(record: Record) -> bool:
    method = record.method
    return any(value is not None for value in (method.parameters, method.trainable, method.fps))


def _provenance(record: Record, row: Row | None) -> list[tuple[str, str]]:
    found = [
        ("Row of the table", str(record.source.row or "")),
        ("Rank", str(row.rank) if row and row.rank else ""),
        ("Protocol", record.protocol),
        ("Date", record.date or ""),
        ("Note", record.note),
        ("Record", record.id),
        ("File", record.file),
        ("Kept result", record.source.result or ""),
    ]
    return [(name, text) for name, text in found if text]


def _hashes(record: Record) -> list[tuple[str, str]]:
    found = [
        ("Fingerprint of the result", record.source.fingerprint or ""),
        ("Hash of the predictions", record.source.predictions or ""),
        *(
            ("Made by" if not place else "Then", f"rvosbench {step}")
            for place, step in enumerate(record.steps)
        ),
    ]
    return [(name, text) for name, text in found if text]


def _details(method: Method, record: Record) -> list[tuple[str, str]]:
    found = [
        ("Published", method.published),
        ("Kind", "" if method.kind == "method" else method.kind),
        ("Backbone", method.backbone),
        ("Text encoder", method.text_encoder),
        ("Trained on", figures.training(record)),
        ("In its words", method.training if method.training_data else ""),
        ("Setting", "" if method.setting == "unknown" else method.setting),
        ("Parameters, M", figures.millions(method.parameters)),
        ("Trainable, M", figures.millions(method.trainable)),
        ("Frames per second", figures.plain(method.fps)),
        ("Measured on", method.device or ""),
    ]
    return [(name, text) for name, text in found if text]
