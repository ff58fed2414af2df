"""The device stand: practice card reader, printer and cash unit of one kiosk, in a process of their own."""
