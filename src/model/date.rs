//! A calendar day, compared and printed, without a clock or a time zone.

use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// 2026
    pub year: u16,
    /// 1 to 12
    pub month: u8,
    /// 1 to 31; 0 where only the month is known
    pub day: u8,
}

impl Date {
    /// Reads `2026-11-20`, or `2026-06` where only the month is known.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('-');
        let year = fields.next()?.parse().ok()?;
        let month = fields.next()?.parse().ok().filter(|month| (1..=12).contains(month))?;
        let day = match fields.next() {
            Some(day) => day.parse().ok().filter(|day| (1..=31).contains(day))?,
            None => 0,
        };
        fields.next().is_none().then_some(Self { year, month, day })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.month)?;
        if self.day > 0 {
            write!(formatter, "-{:02}", self.day)?;
        }
        Ok(())
    }
}

/// When a model stops being served, as precisely as AWS said it.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndOfLife {
    /// The day, or the month.
    pub date: Date,
    /// How far the date is to be trusted.
    pub precision: Precision,
}

/// How far a date is to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precision {
    /// AWS named the day.
    Day,
    /// AWS named the month.
    Month,
    /// An estimate, or one source only.
    About,
}

impl EndOfLife {
    /// Reads a date and one of `day`, `month`, `about`.
    pub fn parse(date: &str, precision: &str) -> Option<Self> {
        let precision = match precision {
            "day" => Precision::Day,
            "month" => Precision::Month,
            "about" => Precision::About,
            _ => return None,
        };
        Some(Self { date: Date::parse(date)?, precision })
    }

    /// Whether `today` is the day or later; a month counts once it is over.
    pub fn reached(self, today: Date) -> bool {
        if self.date.day == 0 {
            (today.year, today.month) > (self.date.year, self.date.month)
        } else {
            today >= self.date
        }
    }
}

impl fmt::Display for EndOfLife {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.precision == Precision::About {
            formatter.write_str("about ")?;
        }
        self.date.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_prints_as_it_was_read() {
        for text in ["2026-11-20", "2026-06", "0001-01-01"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "2026", "2026-13", "2026-1-32", "2026-11-20-1", "x-y-z"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_end_of_life_is_reached_on_its_day_and_after_its_month() {
        let day = EndOfLife::parse("2026-10-14", "day").unwrap();
        assert!(!day.reached(Date::parse("2026-10-13").unwrap()));
        assert!(day.reached(Date::parse("2026-10-14").unwrap()));
        let month = EndOfLife::parse("2026-06", "about").unwrap();
        assert!(!month.reached(Date::parse("2026-06-30").unwrap()));
        assert!(month.reached(Date::parse("2026-07-01").unwrap()));
        assert_eq!(month.to_string(), "about 2026-06");
    }
}
