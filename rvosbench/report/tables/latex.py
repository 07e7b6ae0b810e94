"""A table in LaTeX: needs booktabs."""

from __future__ import annotations

from rvosbench.report.tables.contents import METHOD, Cell, Row, Table

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "[": "{[}",  # at the start of a row it would be an option of the line before, as would an asterisk
    "]": "{]}",
    "*": "{*}",
    "\N{DAGGER}": r"\textdagger{}",
}
_SYMBOLS = {
    "J": r"$\mathcal{J}$",
    "F": r"$\mathcal{F}$",
    "J&F": r"$\mathcal{J}\&\mathcal{F}$",
    "J&F_targeted": r"$\mathcal{J}\&\mathcal{F}$ targeted",
}


def latex(table: Table) -> str:
    methods = [_row(row) for row in table.rows if row.role == METHOD]
    others = [_row(row) for row in table.rows if row.role != METHOD]
    heads = " & ".join(["Method", *map(heading, table.columns)])
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}[t]",
        r"\centering",
        r"\setlength{\tabcolsep}{3pt}",
        rf"\caption{{{escaped(' '.join([table.caption, *table.notes]))}}}",
        rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
        r"\toprule",
        rf"{heads} \\",
        r"\midrule",
        *methods,
        *([r"\midrule", *others] if others else []),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def heading(column: str) -> str:
    """The symbol of a metric, if it has one."""
    return _SYMBOLS.get(column, escaped(column))


def escaped(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(_SPECIAL.get(letter, letter) for letter in flat)


def _row(row: Row) -> str:
    """Intervals stand below their figures: beside them few columns would fill a page."""
    name = escaped(row.name) if row.role == METHOD else rf"\textit{{{escaped(row.name)}}} ({row.role})"
    line = " & ".join([name, *map(_text, row.cells)]) + r" \\"
    if not any(cell.ends for cell in row.cells):
        return line
    return line + "[-0.5ex]\n" + " & ".join(["", *map(_ends, row.cells)]).lstrip() + r" \\"


def _text(cell: Cell) -> str:
    if cell.value is None:
        return "--"
    text = rf"\textbf{{{_number(cell.text)}}}" if cell.bold else _number(cell.text)
    return text + (r"$^\dagger$" if cell.marked else "")


def _ends(cell: Cell) -> str:
    if cell.ends is None:
        return ""
    low, high = map(_number, cell.ends)
    return rf"{{\scriptsize [{low}, {high}]}}"


def _number(text: str) -> str:
    """With a minus in place of a hyphen."""
    return text.replace("-", "$-$")
