/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* Every resource descriptor; test_aml.c knows what to expect of each. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "RESOURCE", 1)
{
	Device (\_SB.GPI0) { Name (_HID, "GPIO0001") }
	Device (SMAL)
	{
		Name (_CRS, ResourceTemplate ()
		{
			IRQNoFlags () { 3, 4 }
			IRQ (Level, ActiveLow, Shared) { 9 }
			IRQ (Edge, ActiveHigh, Exclusive) { 15 }
			DMA (Compatibility, NotBusMaster, Transfer8) { 2 }
			FixedDMA (0x1234, 5, Width32bit)
			IO (Decode16, 0x3F8, 0x3F8, 1, 8)
			IO (Decode10, 0x100, 0x1F0, 8, 4)
			FixedIO (0x60, 1)
			VendorShort () { 1, 2, 3 }
			IRQNoFlags () {}
		})
	}
	Device (MEMS)
	{
		Name (_CRS, ResourceTemplate ()
		{
			Memory24 (ReadWrite, 0x0C00, 0x0D00, 0x10, 0x20)
			Memory32 (ReadOnly, 0x10000000, 0x20000000, 0x1000, 0x4000)
			Memory32Fixed (ReadWrite, 0xFEB00000, 0x200)
			Memory32Fixed (ReadOnly, 0xFFFFF000, 0x1000)
			VendorLong () { 1, 2, 3, 4, 5, 6, 7, 8, 9 }
			Register (SystemMemory, 8, 0, 0x1000, 1)
		})
	}
	Device (ADRS)
	{
		Name (_CRS, ResourceTemplate ()
		{
			WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0, 0xFF, 0, 0x100)
			WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
				0, 0, 0xCF7, 0, 0xCF8)
			WordSpace (0xC0, ResourceConsumer, PosDecode, MinFixed, MaxFixed, 0,
				0, 1, 2, 0, 2)
			DWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
				0, 0x80000000, 0x8FFFFFFF, 0x1000, 0x10000000)
			DWordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
				0, 0x1000, 0xFFFF, 0, 0xF000, 1, "\\_SB.GPI0", , TypeTranslation)
			DWordSpace (0xC1, ResourceProducer, SubDecode, MinNotFixed, MaxNotFixed, 0,
				0, 0, 0xFF, 0, 0x100)
			QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadOnly,
				0, 0x8000000000, 0xFFFFFFFFFF, 0, 0x8000000000)
			QWordIO (ResourceConsumer, MinFixed, MaxFixed, PosDecode, EntireRange,
				0, 0x1000, 0x1FFF, 0, 0x1000)
			QWordSpace (0xC2, ResourceConsumer, PosDecode, MinFixed, MaxFixed, 0,
				0, 0, 0xFF, 0, 0x100)
			ExtendedMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
				0, 0x100000000, 0x1FFFFFFFF, 0, 0x100000000, 8)
			ExtendedIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
				0, 0x100, 0x1FF, 0, 0x100)
			ExtendedSpace (0xC3, ResourceProducer, PosDecode, MinFixed, MaxFixed, 0,
				0, 0, 0xFF, 0, 0x100)
		})
	}
	Device (INTS)
	{
		Name (_CRS, ResourceTemplate ()
		{
			Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { 47 }
			Interrupt (ResourceProducer, Edge, ActiveLow, Shared) { 16, 17, 0x12345678 }
			Interrupt (ResourceConsumer, Level, ActiveLow, SharedAndWake, 0, "\\_SB.GPI0") { 5 }
			GpioInt (Edge, ActiveHigh, Exclusive, PullDown, , "\\_SB.GPI0") { 1 }
			GpioIo (Exclusive, PullUp, , , , "\\_SB.GPI0") { 2, 3 }
			I2cSerialBusV2 (0x50, ControllerInitiated, 100000, AddressingMode7Bit, "\\_SB.GPI0")
			SpiSerialBusV2 (0, PolarityLow, FourWireMode, 8, ControllerInitiated, 1000000,
				ClockPolarityLow, ClockPhaseFirst, "\\_SB.GPI0")
			UartSerialBusV2 (115200, , , 0xC0, , , FlowControlNone, 16, 16, "\\_SB.GPI0")
			Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { 99 }
		})
	}
	Device (DEPS)
	{
		Name (_PRS, ResourceTemplate () { IRQNoFlags () { 5 } })
		Name (_CRS, ResourceTemplate ()
		{
			StartDependentFn (0, 0) { IO (Decode16, 0x100, 0x100, 1, 8) }
			StartDependentFnNoPri () { IO (Decode16, 0x200, 0x200, 1, 8) }
			EndDependentFn ()
		})
	}
	Device (LONG) { Name (_CRS, Buffer (0x100) { 0x47, 1, 0, 1, 0, 1, 1, 1, 0x79, 0 }) }
	Device (NOEN) { Name (_CRS, Buffer () { 0x47, 1, 0, 1, 0, 1, 1, 1 }) }
	Device (SHRT) { Name (_CRS, Buffer () { 0x86, 0x04, 0x00, 1, 2, 3, 4, 0x79, 0 }) }
	Device (CUTS) { Name (_CRS, Buffer () { 0x86, 0x09, 0x00, 1, 2, 3, 4 }) }
	Device (NONE) { Name (_CRS, Buffer () {}) }
}
