//! Time zones: how far local clocks are from UTC.
//!
//! The time zone database is not carried along: it is larger than the rest of the engine. Instead the zones that people
//! write most often stand here with the rules that hold since 2008; a zone that is not known is refused by the controller
//! in an event, as upstream refuses a zone that its database lacks.

use crate::base::time::{civil_from_days, days_from_civil};
use Summer::{Australia, Europe, Never, NewZealand, NorthAmerica};

/// When clocks go an hour forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Summer {
    /// They do not.
    Never,
    /// From the last Sunday of March to the last of October, at 01:00 UTC.
    Europe,
    /// From the second Sunday of March to the first of November, at 02:00 local time.
    NorthAmerica,
    /// From the first Sunday of October to the first of April, at 02:00 standard time.
    Australia,
    /// From the last Sunday of September to the first of April, at 02:00 standard time.
    NewZealand,
}

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Minutes that standard time is ahead of UTC.
    standard: i64,
    summer: Summer,
}

/// The zone that all clusters have.
pub const UTC: Zone = Zone { standard: 0, summer: Never };

const NAMED: &[(i64, Summer, &str)] = &[
    (0, Never, "UTC UCT Zulu Universal Etc/UTC Etc/UCT Etc/Zulu Etc/Universal GMT GMT0 GMT+0 GMT-0 Greenwich Etc/GMT"),
    (0, Never, "Africa/Abidjan Africa/Accra Africa/Dakar Atlantic/Reykjavik Iceland"),
    (0, Europe, "Europe/London Europe/Dublin Europe/Lisbon Europe/Belfast GB GB-Eire Portugal WET Atlantic/Canary"),
    (60, Never, "Africa/Lagos Africa/Algiers Africa/Tunis Africa/Kinshasa Africa/Luanda"),
    (60, Europe, "Europe/Amsterdam Europe/Berlin Europe/Brussels Europe/Budapest Europe/Copenhagen Europe/Madrid"),
    (60, Europe, "Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Stockholm Europe/Vienna Europe/Warsaw"),
    (60, Europe, "Europe/Zurich Europe/Belgrade Europe/Bratislava Europe/Ljubljana Europe/Luxembourg Europe/Zagreb"),
    (
        60,
        Europe,
        "Europe/Monaco Europe/Malta Europe/Sarajevo Europe/Skopje Europe/Tirane Arctic/Longyearbyen CET MET Poland",
    ),
    (120, Never, "Africa/Johannesburg Africa/Maputo Africa/Harare Africa/Tripoli Africa/Khartoum Europe/Kaliningrad"),
    (120, Europe, "Europe/Athens Europe/Bucharest Europe/Helsinki Europe/Kiev Europe/Kyiv Europe/Riga Europe/Sofia"),
    (120, Europe, "Europe/Tallinn Europe/Vilnius Asia/Nicosia EET"),
    (180, Never, "Europe/Istanbul Asia/Istanbul Turkey Europe/Moscow W-SU Europe/Minsk Asia/Baghdad Asia/Riyadh"),
    (180, Never, "Asia/Kuwait Asia/Qatar Africa/Nairobi Africa/Addis_Ababa"),
    (210, Never, "Asia/Tehran Iran"),
    (240, Never, "Asia/Dubai Asia/Baku Asia/Tbilisi Asia/Yerevan Europe/Samara Indian/Mauritius"),
    (270, Never, "Asia/Kabul"),
    (300, Never, "Asia/Karachi Asia/Tashkent Asia/Yekaterinburg Asia/Almaty Indian/Maldives"),
    (330, Never, "Asia/Kolkata Asia/Calcutta Asia/Colombo"),
    (345, Never, "Asia/Kathmandu"),
    (360, Never, "Asia/Dhaka Asia/Omsk"),
    (390, Never, "Asia/Yangon"),
    (420, Never, "Asia/Bangkok Asia/Jakarta Asia/Ho_Chi_Minh Asia/Saigon Asia/Novosibirsk Asia/Krasnoyarsk"),
    (480, Never, "Asia/Shanghai Asia/Hong_Kong Asia/Singapore Asia/Taipei Asia/Manila Asia/Kuala_Lumpur Asia/Macau"),
    (480, Never, "Asia/Irkutsk Asia/Chongqing Asia/Makassar Australia/Perth PRC ROC Hongkong Singapore"),
    (540, Never, "Asia/Seoul Asia/Tokyo Asia/Pyongyang Asia/Yakutsk Japan ROK"),
    (570, Never, "Australia/Darwin"),
    (570, Australia, "Australia/Adelaide"),
    (600, Never, "Australia/Brisbane Asia/Vladivostok Pacific/Guam Pacific/Port_Moresby"),
    (600, Australia, "Australia/Sydney Australia/Melbourne Australia/Canberra Australia/Hobart"),
    (660, Never, "Asia/Magadan Pacific/Noumea"),
    (720, Never, "Asia/Kamchatka Pacific/Fiji"),
    (720, NewZealand, "Pacific/Auckland NZ"),
    (
        -180,
        Never,
        "America/Sao_Paulo America/Argentina/Buenos_Aires America/Buenos_Aires America/Bahia America/Montevideo",
    ),
    (-210, NorthAmerica, "America/St_Johns Canada/Newfoundland"),
    (-240, Never, "America/Caracas America/La_Paz America/Manaus America/Puerto_Rico America/Santo_Domingo"),
    (-240, NorthAmerica, "America/Halifax Canada/Atlantic Atlantic/Bermuda"),
    (-300, Never, "America/Bogota America/Lima America/Panama America/Jamaica America/Cancun Jamaica EST"),
    (-300, NorthAmerica, "America/New_York America/Toronto America/Detroit America/Montreal US/Eastern EST5EDT"),
    (-360, Never, "America/Mexico_City America/Costa_Rica America/Guatemala America/Regina"),
    (-360, NorthAmerica, "America/Chicago America/Winnipeg US/Central Canada/Central CST6CDT"),
    (-420, Never, "America/Phoenix US/Arizona MST"),
    (-420, NorthAmerica, "America/Denver America/Edmonton America/Boise US/Mountain MST7MDT Navajo"),
    (-480, NorthAmerica, "America/Los_Angeles America/Vancouver America/Tijuana US/Pacific PST8PDT"),
    (-540, NorthAmerica, "America/Anchorage US/Alaska"),
    (-600, Never, "Pacific/Honolulu US/Hawaii HST"),
    (-660, Never, "Pacific/Pago_Pago"),
];

impl Zone {
    /// The zone of this name.
    pub fn named(name: &str) -> Option<Zone> {
        if let Some(hours) = name.strip_prefix("Etc/GMT").and_then(|hours| hours.parse::<i64>().ok()) {
            // POSIX counts westwards: Etc/GMT-9 is ahead of UTC.
            return (-14..=12).contains(&hours).then_some(Zone { standard: -hours * 60, summer: Never });
        }
        let (standard, summer, _) = NAMED.iter().find(|(.., names)| names.split(' ').any(|known| known == name))?;
        Some(Zone { standard: *standard, summer: *summer })
    }

    /// Seconds that local clocks are ahead of UTC at a moment (seconds since 1970).
    pub fn offset(self, at: i64) -> i64 {
        let standard = self.standard * 60;
        let (year, ..) = civil_from_days((at + standard).div_euclid(DAY));
        let sunday = |month: i64, from: i64| {
            let first = days_from_civil(year, month, from);
            first + (7 - weekday(first)) % 7
        };
        let (begin, end) = match self.summer {
            Never => return standard,
            Europe => (sunday(3, 25) * DAY + 3600, sunday(10, 25) * DAY + 3600),
            NorthAmerica => (sunday(3, 8) * DAY + 7200 - standard, sunday(11, 1) * DAY + 3600 - standard),
            Australia => (sunday(10, 1) * DAY + 7200 - standard, sunday(4, 1) * DAY + 7200 - standard),
            NewZealand => (sunday(9, 24) * DAY + 7200 - standard, sunday(4, 1) * DAY + 7200 - standard),
        };
        let is_summer = if begin < end { (begin..end).contains(&at) } else { !(end..begin).contains(&at) };
        standard + if is_summer { 3600 } else { 0 }
    }
}

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// The day of the week, Sunday is 0.
pub fn weekday(day: i64) -> i64 {
    (day + 4).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;

    #[test]
    fn offsets() {
        for (zone, moment, hours) in [
            ("UTC", "2026-07-01T00:00:00Z", 0.0),
            ("Asia/Seoul", "2026-07-01T00:00:00Z", 9.0),
            ("Asia/Kolkata", "2026-07-01T00:00:00Z", 5.5),
            ("Etc/GMT-3", "2026-07-01T00:00:00Z", 3.0),
            ("Europe/Berlin", "2026-01-01T00:00:00Z", 1.0),
            ("Europe/Berlin", "2026-03-29T00:59:59Z", 1.0),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", 2.0),
            ("Europe/Berlin", "2026-10-25T00:59:59Z", 2.0),
            ("Europe/Berlin", "2026-10-25T01:00:00Z", 1.0),
            ("America/New_York", "2026-03-08T06:59:59Z", -5.0),
            ("America/New_York", "2026-03-08T07:00:00Z", -4.0),
            ("America/New_York", "2026-11-01T05:59:59Z", -4.0),
            ("America/New_York", "2026-11-01T06:00:00Z", -5.0),
            ("Australia/Sydney", "2026-01-01T00:00:00Z", 11.0),
            ("Australia/Sydney", "2026-04-04T16:00:00Z", 10.0),
            ("Australia/Sydney", "2026-10-03T16:00:00Z", 11.0),
            ("Pacific/Auckland", "2026-09-26T13:59:59Z", 12.0),
            ("Pacific/Auckland", "2026-09-26T14:00:00Z", 13.0),
        ] {
            let at = Timestamp::parse(moment).unwrap().0;
            let got = Zone::named(zone).unwrap().offset(at) as f64 / 3600.0;
            assert_eq!(got, hours, "{zone} {moment}");
        }
        assert_eq!(Zone::named("Moon/Base"), None);
    }
}
