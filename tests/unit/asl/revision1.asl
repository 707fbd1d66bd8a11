/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* ACPI 1.0: integers of 32 bits, the descriptors and objects of its day. */
DefinitionBlock ("", "DSDT", 1, "PETREL", "REV1", 1)
{
	Name (\_S5, Package (4) { 5, 5, 0, 0 })
	Scope (\_PR) { Processor (CPU0, 0, 0x410, 6) {} }
	Scope (\_SB)
	{
		Name (BIG, Ones)
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A03"))
			Name (_ADR, Ones)
			Device (ISA)
			{
				Name (_ADR, 0x00010000)
				OperationRegion (PIRQ, PCI_Config, 0x60, 4)
				Scope (\) { Field (\_SB.PCI0.ISA.PIRQ, ByteAcc, NoLock, Preserve) { PIR0, 8 } }
				Device (COM1)
				{
					Name (_HID, EisaId ("PNP0501"))
					Name (_CRS, ResourceTemplate ()
					{
						IO (Decode16, 0x3F8, 0x3F8, 0, 8)
						IRQNoFlags () { 4 }
					})
				}
			}
		}
	}
}
