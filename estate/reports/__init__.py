"""What a forecast version turns into: workbook, page, feed."""
