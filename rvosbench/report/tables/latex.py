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
    heads = " & ".join(["Method", *(_SYMBOLS.get(column, escaped(column)) for column in table.columns)])
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}[t]",
        r"\centering",
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


def escaped(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(_SPECIAL.get(letter, letter) for letter in flat)


def _row(row: Row) -> str:
    name = escaped(row.name) if row.role == METHOD else rf"\textit{{{escaped(row.name)}}} ({row.role})"
    return " & ".join([name, *map(_text, row.cells)]) + r" \\"


def _text(cell: Cell) -> str:
    if cell.value is None:
        return "--"
    text = rf"\textbf{{{_number(cell.text)}}}" if cell.bold else _number(cell.text)
    mark = r"$^\dagger$" if cell.marked else ""
    if cell.ends is None:
        return text + mark
    low, high = map(_number, cell.ends)
    return rf"{text}{mark} {{\scriptsize [{low}, {high}]}}"


def _number(text: str) -> str:
    """With a minus in place of a hyphen."""
    return text.replace("-", "$-$")
