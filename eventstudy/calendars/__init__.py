"""When each market could first react: exchange sessions, event days, the news clock."""

from __future__ import annotations

from eventstudy.calendars.clock import clock_columns
from eventstudy.calendars.event_day import EventDay, event_day
from eventstudy.calendars.sessions import KNOWN_EXCHANGES, ExchangeCalendar, calendar

__all__ = ["KNOWN_EXCHANGES", "EventDay", "ExchangeCalendar", "calendar", "clock_columns", "event_day"]
