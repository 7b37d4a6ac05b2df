//! Which names of a TypeScript file stand for values, and which only for types: an import that no value needs is not made.

use std::collections::HashSet;

use swc_ecma_ast::{
    Ident, ImportDecl, Program, TsExprWithTypeArgs, TsInterfaceDecl, TsTypeAliasDecl, TsTypeAnn, TsTypeParamDecl,
    TsTypeParamInstantiation,
};
use swc_ecma_visit::{Visit, VisitWith};

/// Names, as written.
#[derive(Default)]
pub(super) struct Names {
    /// Those that occur where a value is meant.
    pub(super) values: HashSet<String>,
    /// Those of interfaces and type aliases.
    pub(super) types: HashSet<String>,
}

impl Names {
    pub(super) fn of(program: &Program) -> Names {
        let mut names = Names::default();
        program.visit_with(&mut names);
        let Names { values, types } = &mut names;
        types.retain(|it| !values.contains(it));
        names
    }
}

impl Visit for Names {
    fn visit_ident(&mut self, it: &Ident) {
        self.values.insert(it.sym.to_string());
    }

    fn visit_import_decl(&mut self, _: &ImportDecl) {}

    fn visit_export_named_specifier(&mut self, _: &swc_ecma_ast::ExportNamedSpecifier) {}

    fn visit_ts_interface_decl(&mut self, it: &TsInterfaceDecl) {
        self.types.insert(it.id.sym.to_string());
    }

    fn visit_ts_type_alias_decl(&mut self, it: &TsTypeAliasDecl) {
        self.types.insert(it.id.sym.to_string());
    }

    fn visit_ts_type_ann(&mut self, _: &TsTypeAnn) {}

    fn visit_ts_type_param_decl(&mut self, _: &TsTypeParamDecl) {}

    fn visit_ts_type_param_instantiation(&mut self, _: &TsTypeParamInstantiation) {}

    fn visit_ts_expr_with_type_args(&mut self, _: &TsExprWithTypeArgs) {}

    fn visit_ts_type(&mut self, _: &swc_ecma_ast::TsType) {}
}
