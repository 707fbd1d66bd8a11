# SPDX-License-Identifier: LGPL-3.0-or-later
"""The mutations: which single changes a line of C can have, found in its text. Comments,
strings and what the preprocessor reads are never changed. A change that does not compile,
or makes no other code, is nobody's loss: mutate.py leaves it out."""
from __future__ import annotations

import re
from collections.abc import Iterator

COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                             re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
NOTHING_IN_IT = re.compile(r"[\s{}();,]*(?:else|do)?[\s{}();,]*|\s*\w+:\s*")

# Between operands, as clang-format writes it: with a space on each side, or at a line's end.
SWAPS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "&&": ("||",), "||": ("&&",),
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",),
    "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("|",),
    "+=": ("-=", "="), "-=": ("+=", "="), "|=": ("&=", "="), "&=": ("|=", "="), "^=": ("=",),
    "<<=": (">>=",), ">>=": ("<<=",), "*=": ("/=",), "/=": ("*=",),
}
OPERATOR = re.compile(r"(?<=[\w)\]}] )(" + "|".join(
    re.escape(symbol) for symbol in sorted(SWAPS, key=len, reverse=True)) + r")(?= |$)")
STEP = re.compile(r"\+\+|--")
NUMBER = re.compile(r"(?<![\w.])(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)\b")
TRUTH = re.compile(r"\b(?:true|false)\b")
NOT = re.compile(r"!(?=[\w(])")
COMPLEMENT = re.compile(r"~(?=[\w(])")
CONDITION = re.compile(r"^(\s*(?:\} )?(?:else )?(?:if|while) \()(.+)(\)(?: \{)?)$")
RETURN = re.compile(r"^(\s*return )(.+)(;)$")
STATEMENT = re.compile(r"^(\s*)(?!return\b)[\w*(].*;$")
ERROR = re.compile(r"\bERR_\w+")

Change = tuple[str, int, int, str]  # kind, from, to, what is there instead


def blanked(text: str) -> str:
    """The same text, with spaces for what is not mutated."""
    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    # What stands in quotes is an operand.
    def operand(match: re.Match[str]) -> str:
        quoted = match.group()
        return "Q" * len(quoted) if quoted[0] in "\"'" else blank(match)

    return DIRECTIVE.sub(blank, COMMENT_OR_TEXT.sub(operand, text))


def is_code(line: str) -> bool:
    return not NOTHING_IN_IT.fullmatch(line)


def balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return False
    return not depth


def other_number(digits: str) -> str:
    """Small ones by one; where one more or less is nobody's business, by half."""
    value = int(digits, 0)
    new = value + 1 if value < 1000 or digits[0] == "0" else value // 2
    return hex(new) if digits[:2] in ("0x", "0X") else str(new)


def changes(line: str, before: str) -> Iterator[Change]:
    """All mutations of a line (without comments); `before` is the line above it."""
    for match in OPERATOR.finditer(line):
        for other in SWAPS[match.group()]:
            yield "operator", *match.span(), other
    for match in STEP.finditer(line):
        yield "step", *match.span(), "--" if match.group() == "++" else "++"
    for match in NUMBER.finditer(line):
        yield "number", *match.span(1), other_number(match.group(1))
    for match in TRUTH.finditer(line):
        yield "truth", *match.span(), "false" if match.group() == "true" else "true"
    for pattern, kind in (NOT, "not"), (COMPLEMENT, "complement"):
        for match in pattern.finditer(line):
            yield kind, *match.span(), ""
    for match in ERROR.finditer(line):
        yield "error", *match.span(), "0"
    condition = CONDITION.match(line)
    if condition and balanced(condition.group(2)):
        yield "condition", *condition.span(2), f"!({condition.group(2)})"
        if "if" in condition.group(1):
            yield "condition", *condition.span(2), f"({condition.group(2)}) && 0"
            yield "condition", *condition.span(2), f"({condition.group(2)}) || 1"
    result = RETURN.match(line)
    if result and balanced(result.group(2)):
        yield "result", *result.span(2), f"!({result.group(2)})"
        if result.group(2) != "0":
            yield "result", *result.span(2), "0"
    if STATEMENT.match(line) and balanced(line) and re.search(r"[;{})]\s*$|else$|^\s*$", before):
        yield "statement", len(line) - len(line.lstrip()), len(line), "{}"
