import calendar


def run(params):
    text = calendar.TextCalendar(firstweekday=6)
    months = [text.formatmonth(2024, m) for m in range(1, 13)]
    return [months[1], calendar.isleap(2100), calendar.monthrange(2023, 2), sum(len(w) for w in calendar.monthcalendar(2024, 9)), calendar.timegm((2024, 1, 1, 0, 0, 0))]
