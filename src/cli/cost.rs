//! `keyplan cost`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rust_decimal::Decimal;

use super::output::{Color, Plain, style};
use super::settings::{ConfigArguments, book};
use super::{CommandError, Outcome, inputs};
use crate::config::{Config, Hours};
use crate::cost::{
    Commitment, Figures, Gigabyte, Provisioning, Scale, Terms, alternatives, break_even, growth, in_regions,
};
use crate::design::Design;
use crate::model::{Billing, TableClass};
use crate::plan::Plans;
use crate::prices::{FreeTier, PriceBook, Term};
use crate::report::cost::{self as report, By, Costing, Trace};
use crate::source::nearest;

/// The arguments of `cost`.
#[derive(Debug, Args)]
pub(super) struct CostArguments {
    /// A model (a file, or `-`); without it the one model of the current directory.
    file: Option<PathBuf>,
    /// What the bill is summed up by.
    #[arg(long, value_enum, default_value_t = By::Table)]
    by: By,
    /// The home Region, instead of the model's.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The same design with each Region as its home.
    #[arg(long)]
    all_regions: bool,
    /// How every table pays for throughput, instead of its own way.
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// The class of every table, instead of its own.
    #[arg(long, value_enum)]
    class: Option<Class>,
    /// How many times the stated traffic: `10x`.
    #[arg(long, value_name = "FACTOR", default_value = "1x", value_parser = factor)]
    scale: Decimal,
    /// How far growth is shown, in months.
    #[arg(long, value_name = "MONTHS", default_value_t = 36, value_parser = clap::value_parser!(u32).range(0..=600))]
    months: u32,
    /// Take off what is free for the account in every Region.
    #[arg(long)]
    free_tier: bool,
    /// With a Database Savings Plan over all throughput.
    #[arg(long, conflicts_with = "reserved")]
    savings_plan: bool,
    /// With reserved capacity over steady provisioned capacity.
    #[arg(long, value_enum, value_name = "TERM")]
    reserved: Option<Reserved>,
    /// The hours of a month (730, unless the configuration says otherwise).
    #[arg(long, value_name = "HOURS", value_parser = Hours::read)]
    hours: Option<Hours>,
    /// How large a GB is (binary, unless the configuration says otherwise).
    #[arg(long, value_enum)]
    gigabyte: Option<Unit>,
    /// A price book of your own, as `keyplan prices import` writes it.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArguments,
    /// Show every line: quantity times price, and where the price is from.
    #[arg(long)]
    trace: bool,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// One row for each line of the bill.
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// By request.
    #[value(name = "on_demand", alias = "on-demand")]
    OnDemand,
    /// By the hour.
    Provisioned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Class {
    /// Standard.
    Standard,
    /// Standard, infrequent access.
    #[value(name = "standard_infrequent_access", alias = "ia")]
    InfrequentAccess,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reserved {
    /// For one year.
    #[value(name = "1y")]
    OneYear,
    /// For three years.
    #[value(name = "3y")]
    ThreeYears,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unit {
    /// 2^30 bytes.
    Binary,
    /// 10^9 bytes.
    Decimal,
}

/// Reads `10x`, `1.5x` or `3`.
pub(super) fn factor(text: &str) -> Result<Decimal, String> {
    let number = text.trim().trim_end_matches(['x', 'X']);
    match number.parse::<Decimal>() {
        Ok(factor) if factor > Decimal::ZERO && factor <= Decimal::from(1_000_000) => Ok(factor),
        _ => Err("write it like `10x` or `0.5x`".to_owned()),
    }
}

impl CostArguments {
    /// What the command line says, and what the configuration says of the rest.
    fn terms(&self, config: &Config) -> Terms<'_> {
        let house = config.terms();
        Terms {
            region: self.region.as_deref(),
            billing: self.mode.map(|mode| match mode {
                Mode::OnDemand => Billing::OnDemand,
                Mode::Provisioned => Billing::Provisioned,
            }),
            class: self.class.map(|class| match class {
                Class::Standard => TableClass::Standard,
                Class::InfrequentAccess => TableClass::StandardInfrequentAccess,
            }),
            provisioning: Provisioning::Scaled,
            month_hours: self.hours.map_or(house.month_hours, |hours| hours.0),
            gigabyte: match self.gigabyte {
                Some(Unit::Binary) => Gigabyte::Binary,
                Some(Unit::Decimal) => Gigabyte::Decimal,
                None => house.gigabyte,
            },
            free_tier: if self.free_tier { FreeTier::Applied } else { house.free_tier },
            commitment: match (self.savings_plan, self.reserved) {
                (true, _) => Commitment::SavingsPlan,
                (false, Some(Reserved::OneYear)) => Commitment::Reserved(Term::OneYear),
                (false, Some(Reserved::ThreeYears)) => Commitment::Reserved(Term::ThreeYears),
                (false, None) => house.commitment,
            },
            months_ahead: 0,
        }
    }
}

/// Prints a bill.
pub(super) fn run(arguments: &CostArguments, color: Color, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let files: Vec<PathBuf> = arguments.file.iter().cloned().collect();
    let (file, model) = inputs::one_model(&files, "keyplan cost FILE")?;
    let config = arguments.config.of(&file.name)?;
    let book = book(arguments.prices.as_ref(), &config)?;
    let terms = arguments.terms(&config);
    if let Some(region) = terms.region {
        known_region(&book, region)?;
    }
    let design = Design::new(&model);
    let plans = Plans::new(&design);
    let figures = Figures::new(&design, &plans, &book, &terms, Scale(arguments.scale));
    let account = figures.account(&design, &book);
    let home = figures.bill.region;
    let costing = Costing {
        design: &design,
        figures: &figures,
        book: &book,
        terms: &terms,
        scale: arguments.scale,
        alternatives: alternatives(&account, &terms, &figures.bill),
        break_even: break_even(&book, home),
        growth: growth(&account, &terms, arguments.months),
        regions: if arguments.all_regions { in_regions(&account.usage(&terms), &book, home) } else { Vec::new() },
    };
    match arguments.format {
        Format::Human => {
            let trace = if arguments.trace { Trace::Lines } else { Trace::Sums };
            report::write(&mut Plain(&mut *out), style(color).width, &costing, arguments.by, trace)?;
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &report::to_json(&costing)).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Csv => report::write_csv(out, &costing)?,
    }
    Ok(Outcome::Clean)
}

pub(super) fn known_region(book: &PriceBook, region: &str) -> Result<(), CommandError> {
    if book.region(region).is_some() {
        return Ok(());
    }
    let hint = nearest(region, book.codes()).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
    Err(CommandError::Usage(format!("no prices are known of the Region `{region}`{hint}")))
}
