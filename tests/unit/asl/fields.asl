/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* Regions and fields: every element of a field list, banked fields with computed banks. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "FIELDS", 1)
{
	Name (BASE, 0xFED00000)
	Name (SIZE, 0x1000)
	Method (BANK, 1) { Return (Arg0) }
	OperationRegion (RMEM, SystemMemory, BASE, SIZE)
	OperationRegion (RIOP, SystemIO, 0x70, 2)
	OperationRegion (RPCI, PCI_Config, Zero, Add (SIZE, 1))
	OperationRegion (REC0, EmbeddedControl, 0, 0xFF)
	OperationRegion (RCMO, SystemCMOS, 0, 0x80)
	OperationRegion (RUSR, 0x80, BANK (1), BANK (BANK (2)))
	DataTableRegion (RTBL, "FACP", "", "")
	Device (AFTR) {}
	Field (RMEM, AnyAcc, NoLock, Preserve)
	{
		AAAA, 1,
		, 7,
		BBBB, 8,
		Offset (0x10),
		CCCC, 32,
		AccessAs (ByteAcc, 0x5B),
		DDDD, 64,
		AccessAs (BufferAcc, AttribWord),
		EEEE, 300,
		Offset (0x800),
		FFFF, 4096
	}
	Field (RPCI, DWordAcc, Lock, WriteAsOnes) {}
	Field (RIOP, ByteAcc, NoLock, WriteAsZeros) { INDX, 8, DATA, 8 }
	Device (AFFL) {}
	IndexField (INDX, DATA, ByteAcc, NoLock, Preserve) { Offset (0x20), IFLA, 8, , 3, IFLB, 5 }
	Device (AFIX) {}
	BankField (RMEM, BBBB, 1, ByteAcc, NoLock, Preserve) { BFA0, 8 }
	BankField (RMEM, BBBB, BANK (3), ByteAcc, NoLock, Preserve) { BFA1, 8, Offset (4), BFA2, 8 }
	BankField (RMEM, BBBB, Add (BANK (1), 0x5B82), ByteAcc, NoLock, Preserve) { BFA3, 8 }
	BankField (RMEM, BBBB, FORW (3, 4), ByteAcc, NoLock, Preserve) { BFA4, 8 }
	Device (AFBK) {}
	Scope (\_SB)
	{
		Device (GPI0) { Name (_HID, "GPIO0001") }
		Device (I2C0)
		{
			Name (_HID, "I2C00001")
			OperationRegion (ROPG, GeneralPurposeIo, 0, 4)
			Field (ROPG, ByteAcc, NoLock, Preserve)
			{
				Connection (GpioIo (Exclusive, PullUp, 0, 0, IoRestrictionNone,
					"\\_SB.GPI0") { 0x5B }),
				GP00, 1,
				Connection (I2RB),
				GP01, 1,
				Connection (\_SB.I2C0.I2RB),
				AccessAs (BufferAcc, AttribBytes (16)),
				GP02, 8,
				AccessAs (BufferAcc, AttribRawBytes (4)),
				GP03, 8,
				AccessAs (BufferAcc, AttribRawProcessBytes (4)),
				GP04, 8
			}
			Name (I2RB, ResourceTemplate ()
			{
				I2cSerialBusV2 (0x50, ControllerInitiated, 100000,
					AddressingMode7Bit, "\\_SB.I2C0")
			})
			Device (AFGP) {}
		}
	}
	Method (FORW, 2) { Return (Arg1) }
	Device (LAST) {}
}
