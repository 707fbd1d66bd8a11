// SPDX-License-Identifier: LGPL-3.0-or-later
// Methods that return a named object, by names of every form; a method is a scope, too.
DefinitionBlock ("", "DSDT", 2, "PETREL", "RETURNS", 1)
{
	Name (ROOT, 1)
	Device (AAAA)
	{
		Name (VALU, 2)
		Device (BBBB)
		{
			Name (VALU, 3)
			Device (CCCC) { Name (VALU, 4) Device (DDDD) { Name (VALU, 5) } }
		}
	}
	PowerResource (PWRX, 0, 0) { Device (DEVX) { Name (_UID, 8) } Method (_STA) { Return (1) } }
	Name (BUFX, Buffer (8) {})
	CreateDWordField (BUFX, (ROOT * ROOT), FLDY)
	Device (AFTM) { Name (_UID, 9) }
	Device (TEST)
	{
		Name (VALU, 6)
		Method (_UID) { Return (\AAAA.VALU) }
		Method (_ADR) { Return (\AAAA.BBBB.VALU) }
		Method (_BBN) { Return (\AAAA.BBBB.CCCC.VALU) }
		Method (_CCA) { Return (\AAAA.BBBB.CCCC.DDDD.VALU) }
		Method (_SUN) { Return (VALU) }
		Method (_SEG) { Return (\ROOT) }
		Device (INNR)
		{
			Name (VALU, 7)
			Method (_UID) { Return (^VALU) }
			Method (_ADR) { Return (^^^AAAA.VALU) }
			Method (_BBN) { Return (^^^AAAA.BBBB.VALU) }
			Method (_CCA) { Return (^^VALU) }
			Method (_SUN) { Return (^^^AAAA.BBBB.CCCC.VALU) }
			Method (_SEG) { Local0 = 1 Return (\AAAA.VALU) }
		}
	}
}
