use super::Sample;

/// What a row's numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Millis,
    PerSecond,
    /// Of one processor.
    Percent,
    Mebibytes,
    Times,
}

impl Unit {
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Millis => " ms",
            Unit::PerSecond => "/s",
            Unit::Percent => " %",
            Unit::Mebibytes => " MiB",
            Unit::Times => " ×",
        }
    }

    /// Three digits or more, thousands set apart.
    pub fn number(self, value: f64) -> String {
        match self {
            Unit::Percent | Unit::Times => format!("{value:.2}"),
            _ if value < 100.0 => format!("{value:.1}"),
            _ => thousands(value.round() as u64),
        }
    }
}

fn thousands(value: u64) -> String {
    match value {
        0..1_000 => value.to_string(),
        _ => format!("{},{:03}", thousands(value / 1_000), value % 1_000),
    }
}

/// What the median should be.
#[derive(Clone, Copy, Debug)]
pub enum Aim {
    AtMost(f64),
    AtLeast(f64),
    /// Times the peer's.
    Times(f64),
}

/// One line of the table.
pub struct Row {
    what: String,
    unit: Unit,
    sloth: Sample,
    peer: Option<(String, Sample)>,
    aim: Option<Aim>,
}

impl Row {
    pub fn new(what: impl Into<String>, unit: Unit, sloth: Sample) -> Self {
        Row { what: what.into(), unit, sloth, peer: None, aim: None }
    }

    pub fn beside(mut self, name: &str, peer: Sample) -> Self {
        self.peer = Some((name.to_owned(), peer));
        self
    }

    pub fn aim(mut self, aim: Aim) -> Self {
        self.aim = Some(aim);
        self
    }

    pub fn cells(&self) -> [String; 5] {
        let peer = self.peer.as_ref();
        [
            self.what.clone(),
            self.sloth.show(self.unit),
            peer.map(|(name, it)| format!("{name} {}", it.show(self.unit))).unwrap_or_default(),
            self.ratio().map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            self.aim.map(|aim| self.judge(aim)).unwrap_or_default(),
        ]
    }

    fn ratio(&self) -> Option<f64> {
        let peer = self.peer.as_ref()?.1.median();
        (peer > 0.0).then(|| self.sloth.median() / peer)
    }

    fn judge(&self, aim: Aim) -> String {
        let (text, met) = match aim {
            Aim::AtMost(most) => (self.bound('≤', most), Some(self.sloth.median() <= most)),
            Aim::AtLeast(least) => (self.bound('≥', least), Some(self.sloth.median() >= least)),
            Aim::Times(times) => (format!("≥ {times} ×"), self.ratio().map(|it| it >= times)),
        };
        match met {
            Some(true) => format!("{text}: met"),
            Some(false) => format!("{text}: missed"),
            None => format!("{text}: not compared"),
        }
    }

    fn bound(&self, sign: char, bound: f64) -> String {
        let number = match bound.fract() == 0.0 {
            true => thousands(bound as u64),
            false => bound.to_string(),
        };
        format!("{sign} {number}{}", self.unit.symbol())
    }
}
