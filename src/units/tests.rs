#![allow(clippy::unwrap_used)]
use super::*;

fn shown<T: std::str::FromStr + fmt::Display>(text: &str) -> String
where
    T::Err: fmt::Debug,
{
    text.parse::<T>().unwrap().to_string()
}

#[test]
fn sizes_are_binary_and_round_up() {
    assert_eq!("1.5 KB".parse(), Ok(Bytes(1536)));
    assert_eq!("400KB".parse(), Ok(Bytes(409_600)));
    assert_eq!("1.1 KB".parse(), Ok(Bytes(1127))); // 1126.4
    assert_eq!("1e3".parse(), Ok(Bytes(1000)));
    assert_eq!(shown::<Bytes>("60 KB"), "60 KB");
    assert!("12 XB".parse::<Bytes>().is_err());
    assert!("-3".parse::<Bytes>().is_err());
}

#[test]
fn counts_take_multipliers() {
    assert_eq!("2M".parse(), Ok(Count(Decimal::from(2_000_000))));
    assert_eq!("1_200".parse(), Ok(Count(Decimal::from(1200))));
    assert_eq!(shown::<Count>("40k"), "40k");
    assert_eq!(shown::<Count>("12.5"), "12.5");
    assert!("2 KB".parse::<Count>().is_err());
    // People read thousands apart; files get what they can be read from.
    assert_eq!([shown::<Count>("27746.6"), shown::<Count>("6327.8M")], ["27,746.6", "6,327.8M"]);
    assert_eq!(serde_json::to_string(&Count(Decimal::new(277_466, 1))).unwrap(), "\"27746.6\"");
}

#[test]
fn a_share_needs_its_sign_and_stays_within_the_whole() {
    assert_eq!(shown::<Share>("0.5%"), "0.5%");
    assert!("5".parse::<Share>().is_err());
    assert!("120%".parse::<Share>().is_err());
    assert_eq!("3".parse(), Ok(Portion::Count(Count(Decimal::from(3)))));
    assert_eq!("3%".parse(), Ok(Portion::Share(Share(Decimal::new(3, 2)))));
}

#[test]
fn rates_keep_what_was_written() {
    let day: Rate = "5M/day".parse().unwrap();
    assert_eq!(day.to_string(), "5M/day");
    assert_eq!(day.per_second().round_dp(4), Decimal::new(578_704, 4));
    assert_eq!("120 per second".parse::<Rate>().unwrap().per_second(), Decimal::from(120));
    assert_eq!("30/min".parse::<Rate>().unwrap().per_second(), Decimal::new(5, 1));
    assert_eq!("50 rps".parse::<Rate>().unwrap().per_second(), Decimal::from(50));
    assert!("80k".parse::<Rate>().is_err());
}

#[test]
fn durations_and_money() {
    assert_eq!("2y".parse::<Duration>().unwrap().seconds(), Decimal::from(63_072_000));
    assert_eq!(shown::<Duration>("30d"), "30d");
    assert_eq!(shown::<Money>("900 USD"), "900 USD");
    assert_eq!(shown::<Money>("$12.50"), "12.5 USD");
    assert!("900".parse::<Money>().is_err());
}

#[test]
fn absurd_numbers_are_errors_not_panics() {
    for text in ["9999999999999999999999999999999999", "1e400", "", ".", "%", "1e", "🦀"] {
        let _ = text.parse::<Bytes>();
        let _ = text.parse::<Count>();
        let _ = text.parse::<Rate>();
        let _ = text.parse::<Portion>();
        let _ = text.parse::<Money>();
        let _ = text.parse::<Duration>();
    }
    assert!("99999999999999999999 TB".parse::<Bytes>().is_err());
}
