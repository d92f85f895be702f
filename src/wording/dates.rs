//! The local calendar: which day an event belongs to, how far away that day is, and the words for it.
//!
//! The arithmetic is pure; the clock, the time zone and the names of days and months are the browser's (`platform`).

use super::{language, t};
use crate::platform::dates::{DateForm, format, now, utc_offset};

/// The local day of a time in milliseconds since the Unix epoch.
pub(crate) fn local_date(timestamp: u64) -> LocalDate {
    LocalDate::of(timestamp, utc_offset(timestamp))
}

/// The words of a day's heading.
pub(crate) fn day_heading(timestamp: u64) -> String {
    let form = match local_date(timestamp).nearness(local_date(now())) {
        Nearness::Today => return t::timeline_today(),
        Nearness::Yesterday => return t::timeline_yesterday(),
        Nearness::ThisWeek => DateForm::Weekday,
        Nearness::ThisYear => DateForm::Day,
        Nearness::Other => DateForm::DayAndYear,
    };
    format(language().tag(), timestamp, form)
}

/// A time in few letters: the time of day today, else the day.
pub(crate) fn short(timestamp: u64) -> String {
    let form = match local_date(timestamp).nearness(local_date(now())) {
        Nearness::Today => DateForm::Time,
        Nearness::Yesterday => return t::timeline_yesterday(),
        Nearness::ThisWeek => DateForm::ShortWeekday,
        Nearness::ThisYear => DateForm::ShortDay,
        Nearness::Other => DateForm::ShortDayAndYear,
    };
    format(language().tag(), timestamp, form)
}

/// The local time of day.
pub(crate) fn time_of_day(timestamp: u64) -> String {
    format(language().tag(), timestamp, DateForm::Time)
}

/// Date and time, for those who want to know.
pub(crate) fn full(timestamp: u64) -> String {
    format(language().tag(), timestamp, DateForm::Full)
}

/// A day of the local calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LocalDate {
    pub(crate) year: i32,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

impl LocalDate {
    /// The day of a time in milliseconds since the Unix epoch, `offset` minutes east of Greenwich.
    pub(crate) fn of(timestamp: u64, offset: i32) -> Self {
        let seconds = i64::try_from(timestamp / 1000).unwrap_or(i64::MAX / 2) + i64::from(offset) * 60;
        Self::from_days(seconds.div_euclid(86_400))
    }

    /// The day that is `days` after 1 January 1970, in the Gregorian calendar. Years are counted from March, so that
    /// the leap day is the last of its year.
    fn from_days(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(i32::MAX),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }

    /// Days since 1 January 1970.
    fn days(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let from_march = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * from_march + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
    }

    /// How a heading names this day when it is `today`.
    pub(crate) fn nearness(self, today: Self) -> Nearness {
        match today.days() - self.days() {
            0 => Nearness::Today,
            1 => Nearness::Yesterday,
            2..=6 => Nearness::ThisWeek,
            _ if self.year == today.year => Nearness::ThisYear,
            _ => Nearness::Other,
        }
    }
}

/// How much of a date must be said for it to be clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nearness {
    Today,
    Yesterday,
    /// The name of the weekday.
    ThisWeek,
    /// Weekday, day and month.
    ThisYear,
    /// The year as well.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i32, month: u8, day: u8) -> LocalDate {
        LocalDate { year, month, day }
    }

    const NOON_OF_15_MAY_2026: u64 = 1_778_846_400_000;

    #[test]
    fn a_time_has_its_local_day() {
        assert_eq!(LocalDate::of(NOON_OF_15_MAY_2026, 0), date(2026, 5, 15));
        assert_eq!(LocalDate::of(NOON_OF_15_MAY_2026, 13 * 60), date(2026, 5, 16));
        assert_eq!(LocalDate::of(0, -60), date(1969, 12, 31));
    }

    #[test]
    fn leap_days_and_turns_of_the_year_are_right() {
        for (days, expected) in [
            (11_016, date(2000, 2, 29)),
            (11_017, date(2000, 3, 1)),
            (19_722, date(2023, 12, 31)),
            (19_723, date(2024, 1, 1)),
        ] {
            assert_eq!(LocalDate::from_days(days), expected);
            assert_eq!(expected.days(), days);
        }
    }

    #[test]
    fn a_heading_says_as_much_as_is_needed() {
        let today = date(2026, 1, 3);
        assert_eq!(today.nearness(today), Nearness::Today);
        assert_eq!(date(2026, 1, 2).nearness(today), Nearness::Yesterday);
        assert_eq!(date(2025, 12, 30).nearness(today), Nearness::ThisWeek);
        assert_eq!(date(2025, 12, 20).nearness(today), Nearness::Other);
        assert_eq!(date(2026, 1, 3).nearness(date(2026, 3, 1)), Nearness::ThisYear);
    }

    #[test]
    fn tomorrow_by_another_clock_is_not_today() {
        assert_eq!(date(2026, 1, 4).nearness(date(2026, 1, 3)), Nearness::ThisYear);
    }
}
