"""Days and moments, for every room.

A moment is kept in UTC and without a time zone, as Odoo keeps it. A day begins at
midnight where it is counted: where the company is for what runs by itself, where the
user is for what somebody asks for. In UTC it begins hours off: in the evening before,
for dealers in America.
"""

from datetime import datetime, time

import pytz


def begins(day, zone, clock=time.min):
    """Return the moment at which a day begins in a time zone.

    :param time clock: another time of that day than midnight
    """
    local = zone.localize(datetime.combine(day, clock))
    return local.astimezone(pytz.utc).replace(tzinfo=None)


def local_time(moment, zone):
    """Return the moment as clocks of the time zone show it."""
    return pytz.utc.localize(moment).astimezone(zone)


def day_of(moment, zone):
    """Return the day of the moment in the time zone."""
    return local_time(moment, zone).date()
