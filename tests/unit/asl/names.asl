/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* How names are written and resolved, and objects that open scopes. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "NAMES", 1)
{
	Scope (\) { Device (ROOT) {} }
	Device (_SB.DEVA)
	{
		Device (INNA)
		{
			Device (DEEP) { Name (_HID, "DEEP0001") }
			Device (^UPPR) {}
			Device (^^TOPP) {}
			Device (\ABSO) {}
			Device (\_SB.DEVA.MULT) {}
		}
		Device (EMPT) {}
		Device (NEXT) { Name (_HID, EisaId ("PNP0A06")) }
	}
	/* The name is found in a scope around this one. */
	Scope (_SB)
	{
		Scope (DEVA) { Device (LATE) {} }
		Device (DEVB)
		{
			Scope (DEVA) { Device (FROB) {} }
			Scope (^DEVA.INNA) { Device (FRB2) {} }
			Scope (\_SB.DEVA.INNA.DEEP) { Device (FRB3) {} }
		}
	}
	Scope (_SB.DEVA.INNA) { Device (DUAL) {} }
	Scope (_TZ) { Scope (^_SB) { Device (CARE) {} } }

	Alias (\_SB.DEVA, ALIA)
	Scope (ALIA) { Device (VIAA) {} }
	/* An alias made before its source, and one of an alias */
	Scope (_SB) { Alias (FORW, ALIF) Scope (ALIF) { Device (VIAF) {} } Device (FORW) {} }
	Alias (ALIA, ALI2)
	Scope (ALI2) { Device (VIA2) {} }

	PowerResource (PWR0, 1, 0x5B82) { Method (_STA) { Return (1) } Device (INPW) {} }
	ThermalZone (TZN0) { Name (_TMP, 1) Device (INTZ) {} }
	Processor (\_PR.CPU0, 0, 0x00005B82, 6) { Device (INPR) {} }
	Processor (\_PR.CPU1, 1, 0, 0) {}
	Scope (_TZ) { Device (TZDV) {} }
	Scope (_GPE) { Device (GPDV) {} Method (_L01) {} }
	Device (A) { Device (B_C) { Device (_D) {} } }

	/* Names of odd but legal form */
	Device (_A01) {}
	Device (____) {}
	Device (X___) {}

	/* A method's own devices come into being only when it runs. */
	Method (MAKE, 0, Serialized) { Device (RUNT) { Name (_HID, "RUNT0001") } Return (0) }
	Device (LAST) {}
}
