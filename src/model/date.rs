//! Calendar days and end-of-life dates, without a clock or a time zone.

use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year, such as 2026.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31; 0 if only the month is known.
    pub day: u8,
}

impl Date {
    /// Parses a date such as `2026-11-20`, or `2026-06` if only the month is known.
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

/// The end-of-life date of a model, as precise as AWS published it.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndOfLife {
    /// The day, or only the month.
    pub date: Date,
    /// The precision of the date.
    pub precision: Precision,
}

/// The precision of an end-of-life date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precision {
    /// AWS published the day.
    Day,
    /// AWS published the month.
    Month,
    /// The date is an estimate, or has a single source.
    About,
}

impl EndOfLife {
    /// Parses a date and its precision: `day`, `month` or `about`.
    pub fn parse(date: &str, precision: &str) -> Option<Self> {
        let precision = match precision {
            "day" => Precision::Day,
            "month" => Precision::Month,
            "about" => Precision::About,
            _ => return None,
        };
        Some(Self { date: Date::parse(date)?, precision })
    }

    /// Whether the model is past its end of life on `today`. A date without a day is reached after the last day of its
    /// month.
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
