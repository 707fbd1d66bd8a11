/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What the assembly and the C half of a boot program's runtime agree on:
 * ports, addresses, and the offsets in struct entry and struct regs, which
 * guest.c checks against the structures.
 */
#ifndef GUEST_LAYOUT_H
#define GUEST_LAYOUT_H

#define RESULT_PORT  0xe9 /* isa-debugcon: what the harness reads */
#define EXIT_PORT    0xf4 /* isa-debug-exit: QEMU ends with 2 * value + 1 */
#define EXIT_PASSED  0x10
#define EXIT_FAILED  0x11

#define STACK_TOP    0x7c00

#define ENTRY_DL     34
#define ENTRY_PUSHED 50

#define FRAME_EAX    0
#define FRAME_EBX    4
#define FRAME_ECX    8
#define FRAME_EDX    12
#define FRAME_ESI    16
#define FRAME_EDI    20
#define FRAME_EBP    24
#define FRAME_DS     28
#define FRAME_ES     30
#define FRAME_FS     32
#define FRAME_GS     34
#define FRAME_EFLAGS 36
#define FRAME_ESP    40
#define FRAME_SS     44

#endif
