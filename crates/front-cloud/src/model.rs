//! What the reader says about a file: functions, distributions, constructs and problems, in no file format's words.
//!
//! Nothing here is guessed: a value that the file does not fix is a [`Text::Hole`], a reference that cannot be followed
//! is `Unresolved`, and every piece carries the span it was read from.

use crate::lambda::LambdaDef;
use crate::policies::Policy;
use crate::settings::{BehaviorSettings, DistributionSettings, OriginSettings};
use source::{FileId, Span};

/// The syntax of a file that was recognized by its content.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Format {
    /// A CloudFormation, SAM or Serverless template in YAML.
    CloudFormationYaml,
    /// A CloudFormation template in JSON, as `cdk.out/*.template.json` holds it.
    CloudFormationJson,
    /// Terraform in its own syntax.
    Terraform,
    /// Terraform in JSON; recognized, not read yet.
    TerraformJson,
    /// A CDK program; its functions are read, it is not run.
    Cdk,
}

/// What one file says about CloudFront.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloudFile {
    /// The file that was read.
    pub file: FileId,
    /// Its syntax.
    pub format: Format,
    /// Inside which [`FunctionRef::Local`] ids are unique: the path of a template, the folder of Terraform files.
    pub scope: String,
    /// CloudFront Functions, in the order of the file.
    pub functions: Vec<FunctionDef>,
    /// Distributions, in the order of the file.
    pub distributions: Vec<Distribution>,
    /// Lambda functions that a distribution of the file attaches.
    pub lambdas: Vec<LambdaDef>,
    /// Policies that the file defines or looks up.
    pub policies: Vec<Policy>,
    /// Every attribute and block of every CloudFront resource, in the order of the file.
    pub constructs: Vec<Construct>,
    /// What could not be read, with its place.
    pub problems: Vec<Problem>,
}

impl CloudFile {
    /// A file about which nothing is known yet.
    #[must_use]
    pub fn new(file: FileId, format: Format, scope: String) -> CloudFile {
        CloudFile {
            file,
            format,
            scope,
            functions: Vec::new(),
            distributions: Vec::new(),
            lambdas: Vec::new(),
            policies: Vec::new(),
            constructs: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Whether the file was given up as a whole, so that its constructs are not known.
    #[must_use]
    pub fn unparsed(&self) -> bool {
        self.problems.iter().any(|it| it.kind.is_fatal())
    }
}

/// A text as the file gives it: known, open, or composed of both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Text {
    /// Fixed by the file.
    Known(String, Span),
    /// Open: a parameter, a variable, or an attribute that exists only after deployment.
    Hole(Hole),
    /// Known and open pieces, to be joined.
    Parts(Vec<Text>),
}

/// A place that something outside of the file fills.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hole {
    /// `var.host`, `Domain`, `AWS::Region`, `Bucket.DomainName`.
    pub name: String,
    /// The default the file declares. It is not the value: a deployment may set another one.
    pub default: Option<String>,
    /// Where the reference stands.
    pub span: Span,
}

impl Text {
    /// The text, if every piece of it is known.
    #[must_use]
    pub fn known(&self) -> Option<String> {
        self.joined(&|_| None)
    }

    /// The text with the declared defaults in place of the holes, if every hole has one. An assumption, never a fact.
    #[must_use]
    pub fn with_defaults(&self) -> Option<String> {
        self.joined(&|hole| hole.default.clone())
    }

    /// The text with what `fill` gives in place of the holes, if it gives something for each.
    #[must_use]
    pub fn filled(&self, fill: &dyn Fn(&Hole) -> Option<String>) -> Option<String> {
        self.joined(fill)
    }

    /// Every hole, from left to right.
    #[must_use]
    pub fn holes(&self) -> Vec<&Hole> {
        self.pieces().into_iter().filter_map(|it| if let Text::Hole(hole) = it { Some(hole) } else { None }).collect()
    }

    /// The place of the whole text, as far as its pieces are in one file.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        let mut all: Option<Span> = None;
        for piece in self.pieces() {
            let span = match piece {
                Text::Known(_, span) => *span,
                Text::Hole(hole) => hole.span,
                Text::Parts(_) => continue,
            };
            all = Some(all.map_or(span, |it| it.to(span)));
        }
        all
    }

    /// For people: holes as `${name}`.
    #[must_use]
    pub fn display(&self) -> String {
        self.joined(&|hole| Some(format!("${{{}}}", hole.name))).unwrap_or_default()
    }

    /// The leaves, from left to right.
    fn pieces(&self) -> Vec<&Text> {
        let mut out = Vec::new();
        let mut open = vec![self];
        while let Some(next) = open.pop() {
            match next {
                Text::Known(..) | Text::Hole(_) => out.push(next),
                Text::Parts(parts) => open.extend(parts.iter().rev()),
            }
        }
        out
    }

    fn joined(&self, fill: &dyn Fn(&Hole) -> Option<String>) -> Option<String> {
        let mut out = String::new();
        for piece in self.pieces() {
            match piece {
                Text::Known(text, _) => out.push_str(text),
                Text::Hole(hole) => out.push_str(&fill(hole)?),
                Text::Parts(_) => {}
            }
        }
        Some(out)
    }
}

/// One CloudFront Function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionDef {
    /// Logical id of a template, or address of a Terraform resource.
    pub id: String,
    /// The name it is deployed under.
    pub name: Option<Text>,
    /// The JavaScript runtime.
    pub runtime: Runtime,
    /// Its source text.
    pub code: Code,
    /// The resource.
    pub span: Span,
    /// `AutoPublish` or `publish`: whether what is deployed runs at once. `None` if the file does not say.
    pub auto_publish: Option<bool>,
    /// The key value stores it reads, by reference.
    pub key_value_stores: Vec<Text>,
    /// The resource stands for several functions, or for none (`for_each`, `count`, `Condition`); the expression.
    pub repeated: Option<Span>,
    /// A part of the file that names the function and that only a run of the tool can write out: it may attach it.
    pub handed: Option<OpenBlock>,
    /// When it runs, where a part of the file says so that is no distribution.
    pub event: Option<Event>,
}

/// The runtime of a CloudFront Function.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Runtime {
    /// `cloudfront-js-1.0`.
    V1,
    /// `cloudfront-js-2.0`.
    V2,
    /// Not said, open, or not a name we know.
    Unknown,
}

impl Runtime {
    /// The runtime of a name such as `cloudfront-js-2.0`.
    #[must_use]
    pub fn of(name: &str) -> Runtime {
        match name {
            "cloudfront-js-1.0" => Runtime::V1,
            "cloudfront-js-2.0" => Runtime::V2,
            _ => Runtime::Unknown,
        }
    }
}

/// Where the source text of a function is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Code {
    /// In this file, or a template that was filled.
    Inline {
        /// An embedded file of `Sources`, with an exact map to its host.
        file: FileId,
        /// The places of the embedded text that stand for something open.
        holes: Vec<HoleAt>,
    },
    /// In a file of its own.
    File {
        /// Relative to the root of the repository.
        path: String,
        /// The expression that names it.
        span: Span,
        /// What is done to its text before it is deployed; see [`crate::render`].
        rendering: Rendering,
        /// The folder that the path was written for.
        base: Base,
    },
    /// Not to be found from the file alone.
    Unresolved {
        /// One sentence.
        why: String,
        /// The expression.
        span: Span,
    },
}

/// The folder that a written path leads from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Base {
    /// The one the file fixes.
    Fixed,
    /// The one in which the tool runs (`path.cwd`, `path.root`, a bare path of Terraform): read as the folder of the file while a
    /// file is there. The path as it was written.
    Run(String),
    /// The folder that is assumed to be the one in which the tool runs; empty for the root of the repository.
    Assumed(String),
}

/// An open place of embedded code. The text holds an identifier there (`__hole0__`), which parses as an expression and
/// within a string alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HoleAt {
    /// `var.host`, `Domain`.
    pub name: String,
    /// The default the file declares.
    pub default: Option<String>,
    /// First byte in the embedded text.
    pub start: u32,
    /// After the last byte in the embedded text.
    pub end: u32,
}

/// What is done to a file's text before it is deployed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rendering {
    /// Nothing.
    Verbatim,
    /// `templatefile`: `${name}` of these names is filled.
    Template(Vec<(String, Text)>),
    /// `replace(file(…), needle, text)`, from the innermost call outward.
    Replace(Vec<(String, Text)>),
}

/// One distribution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Distribution {
    /// Logical id, or address of a resource or module.
    pub id: String,
    /// The resource.
    pub span: Span,
    /// The alternate domain names.
    pub aliases: Vec<Text>,
    /// Whether it is switched on; `None` if the file does not say.
    pub enabled: Option<bool>,
    /// In the order CloudFront tries them: ordered ones first, the default last.
    pub behaviors: Vec<CacheBehavior>,
    /// Origins and origin groups.
    pub origins: Vec<Origin>,
    /// Blocks that only a run of the tool can write out (`dynamic`, `Fn::If`, a `for` expression). While there are any, order and
    /// number of what they may hold are not known.
    pub open_blocks: Vec<OpenBlock>,
    /// What it says besides.
    pub settings: DistributionSettings,
}

impl Distribution {
    /// The origin, or group of origins, that a behavior names: both name it in the same words.
    #[must_use]
    pub fn origin_of(&self, behavior: &CacheBehavior) -> Option<&Origin> {
        let target = behavior.target_origin.as_ref()?.display();
        self.origins.iter().find(|it| it.id.as_ref().is_some_and(|it| it.display() == target))
    }
}

/// A part of a distribution that the file describes by an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenBlock {
    /// What it makes: `ordered_cache_behavior`, `Aliases`.
    pub makes: String,
    /// The expression.
    pub span: Span,
}

/// One cache behavior.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CacheBehavior {
    /// `None` for the default.
    pub path_pattern: Option<Text>,
    /// Its position: 0 is tried first.
    pub order: u32,
    /// `allow-all`, `redirect-to-https`, `https-only`.
    pub viewer_protocol_policy: Option<Text>,
    /// Attached functions.
    pub functions: Vec<Association>,
    /// The origin, or origin group, by its id.
    pub target_origin: Option<Text>,
    /// What it says besides.
    pub settings: BehaviorSettings,
    /// The behavior.
    pub span: Span,
}

/// One origin, or origin group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Its id inside of the distribution.
    pub id: Option<Text>,
    /// Host name; `None` for a group.
    pub domain: Option<Text>,
    /// Path put in front of every request.
    pub path: Option<Text>,
    /// For a group: the ids of its members, the primary one first.
    pub members: Vec<Text>,
    /// What it says besides.
    pub settings: OriginSettings,
    /// The origin.
    pub span: Span,
}

/// A function attached to a behavior.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Association {
    /// When it runs; `None` if the file does not fix it.
    pub event: Option<Event>,
    /// Which product runs it.
    pub kind: FunctionKind,
    /// The function.
    pub target: FunctionRef,
    /// Whether a Lambda function is shown the body of the request.
    pub include_body: Option<Text>,
    /// The association.
    pub span: Span,
}

/// The four places of a function on the way of a request.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Event {
    /// Before the cache.
    ViewerRequest,
    /// On a miss.
    OriginRequest,
    /// Before the answer is stored.
    OriginResponse,
    /// Before the answer leaves.
    ViewerResponse,
}

impl Event {
    /// The event of a name such as `viewer-request`.
    #[must_use]
    pub fn of(name: &str) -> Option<Event> {
        match name {
            "viewer-request" => Some(Event::ViewerRequest),
            "viewer-response" => Some(Event::ViewerResponse),
            "origin-request" => Some(Event::OriginRequest),
            "origin-response" => Some(Event::OriginResponse),
            _ => None,
        }
    }
}

/// Which product runs a function.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum FunctionKind {
    /// CloudFront Functions.
    CloudFront,
    /// Lambda@Edge.
    Lambda,
}

/// What an association points at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FunctionRef {
    /// A [`FunctionDef::id`], or a [`LambdaDef::id`], of the same scope.
    Local(String),
    /// A resource that lives elsewhere, by its ARN.
    Arn(Text),
    /// Something the files do not fix; the expression as a person would read it.
    Unresolved(String),
}

/// One piece of syntax the ledger counts: a resource, an attribute, a block, an object in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Construct {
    /// Name of its row, or [`UNKNOWN_ATTRIBUTE`].
    pub kind: &'static str,
    /// Where it stands.
    pub span: Span,
    /// What becomes of it.
    pub class: Class,
}

/// The kind of an attribute that no row names.
pub const UNKNOWN_ATTRIBUTE: &str = "unknown attribute";

/// What becomes of a construct.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Class {
    /// Feeds a function, a route or a site; what it feeds settles it.
    Read {
        /// Its row.
        row: &'static str,
        /// What it feeds.
        feeds: &'static str,
    },
    /// Not translated yet.
    Refused {
        /// Its row.
        row: &'static str,
        /// What will read it.
        later: &'static str,
        /// What it may do to the work of functions.
        touches: Touches,
    },
    /// Changes no exchange.
    NoEffect {
        /// Its row.
        row: &'static str,
        /// Why.
        why: &'static str,
    },
    /// Cloudflare does the same unasked.
    Default {
        /// Its row.
        row: &'static str,
        /// Why.
        why: &'static str,
    },
}

/// What a part that is not translated may do to the work of the functions beside it.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Touches {
    /// Nothing that a function sees or makes.
    Nothing,
    /// It may answer before the functions run.
    Answers,
    /// It may change answers on their way to the visitor.
    Response,
    /// It may change the path that the origin sees.
    Path,
    /// It may change where the request goes and with which headers.
    Origin,
    /// Anything.
    Everything,
}

/// Something that could not be read as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Of which sort.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// One sentence.
    pub message: String,
}

/// The sorts of [`Problem`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProblemKind {
    /// Not well-formed; the file is given up.
    Syntax,
    /// Nested too deeply; the file is given up.
    TooDeep,
    /// Recognized, and not read by this version; the file is given up.
    NotRead,
    /// A path that leads out of the repository.
    OutsideRepository,
    /// A file that is named and does not exist.
    MissingFile,
    /// A file that is there if the tool runs in a folder that no file states.
    AssumedFolder,
    /// A block only a run of the tool can write out.
    OpenBlock,
    /// A reference to something the files do not define.
    UnknownReference,
    /// The same name twice.
    Duplicate,
    /// A value of the wrong shape, or missing where one is needed.
    Malformed,
    /// A resource that stands for several, or for none.
    Repeated,
}

impl ProblemKind {
    /// Whether the file as a whole is given up.
    #[must_use]
    pub fn is_fatal(self) -> bool {
        match self {
            ProblemKind::Syntax | ProblemKind::TooDeep | ProblemKind::NotRead => true,
            ProblemKind::OutsideRepository
            | ProblemKind::MissingFile
            | ProblemKind::AssumedFolder
            | ProblemKind::OpenBlock
            | ProblemKind::UnknownReference
            | ProblemKind::Duplicate
            | ProblemKind::Malformed
            | ProblemKind::Repeated => false,
        }
    }
}
