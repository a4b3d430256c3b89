#: most days, weeks, months or years by which people may have dates moved: none of them
#: then leaves the calendar
MOST = 1000
