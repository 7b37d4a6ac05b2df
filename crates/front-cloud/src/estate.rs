//! All files of a repository together: Terraform is read by folder, because a folder is one module, templates one by one.

use crate::cloudformation::attach_by_name;
use crate::lambda_modules::{self, Folders};
use crate::model::{Base, CloudFile, Code, Format, Problem, ProblemKind};
use crate::module::{Module, parse};
use crate::recognize::{is_terraform_path, recognizes};
use crate::repository_path::{folder, join};
use source::{FileId, Sources, Span};
use std::collections::BTreeMap;

/// Reads every file that describes CloudFront, in the order of the ids.
///
/// `files` may hold any files of the repository. Terraform files which name no CloudFront resource are needed too: locals and
/// variables of a folder stand where their author liked. They appear in the answer only if they are broken.
///
/// A folder is read as the root module: `path.root`, `path.cwd` and bare relative paths lead from it.
///
/// Needs no more than the stack of a usual thread: templates are read by loops, HCL at most 64 levels deep.
pub fn read_all(files: &[FileId], sources: &mut Sources) -> Vec<CloudFile> {
    let mut out = Vec::new();
    let mut folders: BTreeMap<String, Vec<FileId>> = BTreeMap::new();
    let mut companions: BTreeMap<String, Vec<FileId>> = BTreeMap::new();
    for &file in files {
        let (path, text) = (sources.file(file).path().to_owned(), sources.file(file).text().clone());
        match recognizes(&path, &text) {
            Some(Format::Terraform) => folders.entry(folder(&path).to_owned()).or_default().push(file),
            Some(format) => out.push(read_template(file, sources, format)),
            None if is_terraform_path(&path) => companions.entry(folder(&path).to_owned()).or_default().push(file),
            None => {}
        }
    }
    let mut all: Folders = companions.clone();
    for (folder, files) in &folders {
        all.entry(folder.clone()).or_default().extend(files);
    }
    for (folder, files) in folders {
        let companions = companions.remove(&folder).unwrap_or_default();
        out.extend(read_folder(&folder, &files, &companions, &all, sources));
    }
    out.sort_by_key(|it| it.file);
    out
}

/// Reads one file on its own. References to other files of its folder stay open.
pub fn read(file: FileId, sources: &mut Sources, format: Format) -> CloudFile {
    match format {
        Format::CloudFormationYaml | Format::CloudFormationJson | Format::TerraformJson | Format::Cdk => {
            read_template(file, sources, format)
        }
        Format::Terraform => {
            let folder = folder(sources.file(file).path()).to_owned();
            let read = read_folder(&folder, &[file], &[], &Folders::new(), sources).into_iter().next();
            read.unwrap_or_else(|| CloudFile::new(file, format, folder))
        }
    }
}

fn read_template(file: FileId, sources: &mut Sources, format: Format) -> CloudFile {
    let mut out = CloudFile::new(file, format, sources.file(file).path().to_owned());
    if format == Format::Cdk {
        crate::cdk::read(file, sources, &mut out);
        return out;
    }
    let text = sources.file(file).text().clone();
    let parsed = if format == Format::CloudFormationJson {
        crate::json::parse(file, &text)
    } else {
        crate::yaml::parse(file, &text)
    };
    if format == Format::TerraformJson {
        let message = "Terraform in JSON is not read; its own syntax and CloudFormation are".to_owned();
        out.problems.push(Problem { kind: ProblemKind::NotRead, span: Span::new(file, 0, 0), message });
        return out;
    }
    match parsed {
        Ok(tree) => {
            crate::cloudformation::read(&tree, sources, &mut out);
            attach_by_name(std::slice::from_mut(&mut out));
        }
        Err(broken) => {
            let kind = if broken.too_deep { ProblemKind::TooDeep } else { ProblemKind::Syntax };
            let span = Span::new(file, broken.at, broken.at);
            out.problems.push(Problem { kind, span, message: broken.message });
        }
    }
    out
}

fn read_folder(
    folder: &str,
    files: &[FileId],
    companions: &[FileId],
    all: &Folders,
    sources: &mut Sources,
) -> Vec<CloudFile> {
    let mut out = Vec::new();
    let mut parsed = Vec::new();
    let mut here: Vec<FileId> = files.iter().chain(companions).copied().collect();
    here.sort_unstable();
    for file in here {
        match parse(file, &sources.file(file).text().clone()) {
            Ok(it) => parsed.push(it),
            Err((at, message)) => {
                let mut broken = CloudFile::new(file, Format::Terraform, folder.to_owned());
                let deep = message.contains("nesting depth") || message.contains("nested levels");
                let kind = if deep { ProblemKind::TooDeep } else { ProblemKind::Syntax };
                broken.problems.push(Problem { kind, span: Span::new(file, at, at), message });
                out.push(broken);
            }
        }
    }
    let module = Module::new(folder, &parsed);
    for of in parsed.iter().filter(|it| files.contains(&it.file)) {
        let mut file = CloudFile::new(of.file, Format::Terraform, folder.to_owned());
        crate::terraform::read(&module, of, sources, &mut file);
        lambda_modules::attach(&module, &mut file.distributions, &mut file.lambdas, all, sources);
        // A function that two files attach belongs to the first.
        file.lambdas.retain(|it| out.iter().all(|before: &CloudFile| before.lambdas.iter().all(|of| of.id != it.id)));
        out.push(file);
    }
    // A problem belongs to the file its span is in, which may be one that only defines a local.
    let mut problems = module.problems.take();
    problems.sort_by_key(|it| (it.span, it.kind));
    problems.dedup();
    for problem in problems {
        let at = out.iter().position(|it| it.file == problem.span.file).unwrap_or(0);
        if let Some(file) = out.get_mut(at) {
            file.problems.push(problem);
        }
    }
    attach_by_name(&mut out);
    out.sort_by_key(|it| it.file);
    out
}

/// Settles the files that functions name. `exists` is asked for paths from the root of the repository; `runs_in` is the folder in
/// which the tool runs, where it is stated.
///
/// A path that leads from there is looked for in the folders above its file too: one hit is taken, and said. What is nowhere is said once.
pub fn check_targets(files: &mut [CloudFile], exists: impl Fn(&str) -> bool, runs_in: Option<&str>) {
    for file in files {
        for function in &mut file.functions {
            let Code::File { path, span, base, .. } = &mut function.code else { continue };
            let stated = match (runs_in, &*base) {
                (Some(stated), Base::Run(written)) => join(stated, written).ok(),
                (Some(_) | None, Base::Fixed | Base::Assumed(_)) | (None, Base::Run(_)) => None,
            };
            if let Some(stated) = stated {
                *path = stated;
                *base = Base::Fixed;
            }
            if exists(path) {
                continue;
            }
            let mut found = elsewhere(&file.scope, base);
            found.retain(|it| exists(&it.1));
            let (kind, message) = match found.as_slice() {
                [(folder, there)] => {
                    let name = if folder.is_empty() { "the root of the repository" } else { folder };
                    let message = format!("`{there}` is read here: it is the file if Terraform runs in {name}");
                    there.clone_into(path);
                    *base = Base::Assumed(folder.clone());
                    (ProblemKind::AssumedFolder, message)
                }
                [] => (ProblemKind::MissingFile, format!("`{path}` does not exist in the repository")),
                several => {
                    let all: Vec<String> = several.iter().map(|it| format!("`{}`", it.1)).collect();
                    let message = format!(
                        "`{path}` does not exist, and which of {} it is depends on where Terraform runs",
                        all.join(", ")
                    );
                    (ProblemKind::MissingFile, message)
                }
            };
            file.problems.push(Problem { kind, span: *span, message });
        }
        for lambda in &mut file.lambdas {
            file.problems.extend(lambda.settle(&file.scope, runs_in, &exists));
        }
        file.problems.sort_by_key(|it| (it.span, it.kind));
    }
}

/// The folders above `scope`, nearest first, each with what a path is from there.
fn elsewhere(scope: &str, base: &Base) -> Vec<(String, String)> {
    let Base::Run(written) = base else { return Vec::new() };
    let mut out = Vec::new();
    let mut at = scope;
    while !at.is_empty() {
        at = folder(at);
        out.extend(join(at, written).ok().map(|it| (at.to_owned(), it)));
    }
    out
}
