#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Turns the Kconfig configuration into config.h and config.mk.

Every bool is defined, as 1 or 0, so that C can say `if (CONFIG_X)` and no
#ifdef is needed. The files are rewritten only when they change.
"""

import os
import sys

import kconfiglib


def write(path: str, text: str) -> None:
    """Writes text to path."""
    with open(path, "w", encoding="ascii") as out:
        out.write(text)


def main() -> int:
    kconfig_path, header_path, make_path = sys.argv[1:]
    conf = kconfiglib.Kconfig(kconfig_path, warn_to_stderr=True)
    path = os.environ.get("KCONFIG_CONFIG", ".config")
    if os.path.exists(path):
        conf.load_config(path)
    header, make = [], []
    for sym in conf.unique_defined_syms:
        if sym.type in (kconfiglib.BOOL, kconfiglib.TRISTATE):
            header.append(f"#define CONFIG_{sym.name} {int(sym.str_value == 'y')}\n")
            make.append(f"CONFIG_{sym.name} := {sym.str_value}\n")
        elif sym.type in (kconfiglib.INT, kconfiglib.HEX):
            header.append(f"#define CONFIG_{sym.name} {sym.str_value}\n")
    write(header_path, "".join(header))
    write(make_path, "".join(make))
    return 0


if __name__ == "__main__":
    sys.exit(main())
