# SPDX-License-Identifier: LGPL-3.0-or-later
#
# For gdb on a machine that Petrel boots: docs/debugging.md. It wants
# qemu-system-i386, whose gdb stub has 32-bit registers in every mode. gdb takes
# real-mode code for 32-bit code, so objdump shows that; run it in the tree's top.

set confirm off
set pagination off

define here
	if (long)$cr0 & 1
		printf "protected mode, %08x\n", (unsigned)$eip
		x/6i $eip
	else
		printf "real mode, %04x:%04x  AX %04x BX %04x CX %04x DX %04x SI %04x DI %04x DS %04x ES %04x SS:SP %04x:%04x\n", $cs, (unsigned)$eip & 0xffff, $eax & 0xffff, $ebx & 0xffff, $ecx & 0xffff, $edx & 0xffff, $esi & 0xffff, $edi & 0xffff, $ds, $es, $ss, (unsigned)$esp & 0xffff
		set $linear = ($cs << 4) + ((unsigned)$eip & 0xffff)
		dump binary memory build/here.bin $linear ($linear + 16)
		eval "shell objdump -D -b binary -m i386 -M addr16,data16 --adjust-vma=%u build/here.bin | tail -n +8", $linear
	end
end
document here
Where the processor is, by the mode that it is in, and what it executes next.
end

define vector
	set $vector = *(unsigned int *)($arg0 * 4)
	printf "INT %02x: %04x:%04x\n", $arg0, $vector >> 16, $vector & 0xffff
end
document vector
vector 0x13: where an interrupt vector leads.
end

define breakint
	vector $arg0
	hbreak *((($vector >> 16) << 4) + ($vector & 0xffff))
end
document breakint
breakint 0x13: stop where an interrupt's handler begins, in real mode, caller's registers and all.
end

define caller
	printf "INT %02x from %04x:%04x  EAX %08x EBX %08x ECX %08x EDX %08x ESI %08x EDI %08x DS %04x ES %04x\n", regs->vector & 0xff, *(unsigned short *)((regs->ss << 4) + (regs->esp & 0xffff) + 2), *(unsigned short *)((regs->ss << 4) + (regs->esp & 0xffff)), regs->eax, regs->ebx, regs->ecx, regs->edx, regs->esi, regs->edi, regs->ds, regs->es
end
document caller
In a service in C that has `regs`: who called it, and with what.
end
