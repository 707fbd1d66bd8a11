/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Included in front of each C file. In 16-bit code gcc calls with a return address of 32
 * bits, which the emulator of X servers (x86emu) takes off the stack as one of 16. So calls
 * push 16 bits of nothing and 16 of an address, in the room that gcc has counted on.
 */
asm(".macro call target:vararg\n"
    "\tpushw $0\n"
    "\tcallw \\target\n"
    ".endm\n"
    ".macro ret\n"
    "\tretw $2\n"
    ".endm");
