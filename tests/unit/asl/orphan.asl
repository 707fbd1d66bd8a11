/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* An SSDT whose scopes no table here defines: its devices are reported as orphans. */
DefinitionBlock ("", "SSDT", 2, "PETREL", "ORPHAN", 1)
{
	External (\_SB.PC00, DeviceObj)
	External (\_SB.PC00.RP01, DeviceObj)
	External (LONE, DeviceObj)
	Scope (\_SB) { Device (REAL) {} }
	Scope (\_SB.PC00) { Device (ORP1) { Device (ORP2) {} } }
	Scope (\_SB.PC00.RP01) { Device (ORP3) {} Method (_STA) { Return (0) } }
	Device (\_SB.PC00.ORP4) {}
	Scope (LONE) { Device (ORP5) {} }
	Device (LAST) {}
}
