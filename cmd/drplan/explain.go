package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/steps"
)

func (a *app) explainCommand() *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:               "explain [TYPE]",
		Short:             "Explain a step type: its fields, outputs and an example; without TYPE list them",
		Example:           "  drplan explain etcd_restore",
		Args:              oneAtMost,
		ValidArgsFunction: completeTypes,
		RunE: func(_ *cobra.Command, args []string) error {
			reg := registry()
			switch {
			case len(args) == 0 && markdown:
				return writeReference(a.out, reg)
			case len(args) == 0:
				return writeTypes(a.out, reg)
			}
			k, ok := reg.Lookup(args[0])
			if !ok {
				return unknownType(args[0], reg)
			}
			if markdown {
				return writeKindMarkdown(a.out, k)
			}
			return writeKind(a.out, k)
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write Markdown: without TYPE the whole reference page")
	return cmd
}

func unknownType(typ string, reg *steps.Registry) error {
	hint := "the types are " + strings.Join(reg.Types(), ", ")
	if near := steps.Nearest(typ, reg.Types()); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return usage(fmt.Errorf("there is no step type %q", typ), hint)
}

func writeTypes(w io.Writer, reg *steps.Registry) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, typ := range reg.Types() {
		k, _ := reg.Lookup(typ)
		fmt.Fprintf(t, "%s\t%s\n", typ, k.Summary)
	}
	return t.Flush()
}

func writeKind(w io.Writer, k steps.Kind) error {
	fmt.Fprintf(w, "%s: %s\n", k.Type, k.Summary)
	if k.Doc != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(k.Doc))
	}
	fmt.Fprintf(w, "\nDeadline where the plan sets none: %s\n", steps.Duration(k.Timeout))
	if short := shorthands(k); short != "" {
		fmt.Fprintf(w, "%s\n", short)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\nFIELD\tTYPE\tDEFAULT\tMEANING\n")
	eachField(k.Fields(), "", func(path string, f steps.Field) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", path, fieldType(f), fieldDefault(f), f.Doc)
	})
	if len(k.Outputs) > 0 {
		fmt.Fprint(t, "\nOUTPUT\tTYPE\tMEANING\n")
	}
	for _, o := range k.Outputs {
		fmt.Fprintf(t, "%s\t%s\t%s\n", o.Name, o.Type, o.Doc)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nExample:\n\n%s\n", indent(strings.TrimRight(k.Example, "\n"), "  "))
	return err
}

func shorthands(k steps.Kind) string {
	var out []string
	if k.Scalar != "" {
		out = append(out, fmt.Sprintf("a bare value is its %s", k.Scalar))
	}
	if k.List != "" {
		out = append(out, fmt.Sprintf("a bare list is its %s", k.List))
	}
	if len(out) == 0 {
		return ""
	}
	return "In short: " + strings.Join(out, ", ") + "."
}

// eachField visits fields and the fields of objects in them, by dotted path.
func eachField(fields []steps.Field, prefix string, visit func(string, steps.Field)) {
	for _, f := range fields {
		path := prefix + f.Name
		visit(path, f)
		inner := f.Fields
		if f.Elem != nil {
			inner, path = f.Elem.Fields, path+"[]"
		}
		eachField(inner, path+".", visit)
	}
}

func fieldType(f steps.Field) string {
	switch {
	case len(f.Enum) > 0:
		return strings.Join(f.Enum, " or ")
	case f.Secret:
		return "secret"
	case f.Elem != nil:
		return fmt.Sprintf("%s of %s", f.Type, f.Elem.Type)
	}
	return fmt.Sprint(f.Type)
}

func fieldDefault(f steps.Field) string {
	if f.Required {
		return "required"
	}
	return orDash(f.Default)
}

func indent(s, by string) string { return by + strings.ReplaceAll(s, "\n", "\n"+by) }

// writeReference writes the page on all step types.
func writeReference(w io.Writer, reg *steps.Registry) error {
	var errs []error
	_, err := fmt.Fprint(w, "# Step types\n\nWritten by `drplan explain --markdown`; do not edit.\n\n")
	errs = append(errs, err)
	for _, typ := range reg.Types() {
		k, _ := reg.Lookup(typ)
		_, err := fmt.Fprintf(w, "- [`%s`](#%s): %s\n", typ, typ, k.Summary)
		errs = append(errs, err)
	}
	for _, typ := range reg.Types() {
		k, _ := reg.Lookup(typ)
		_, err := fmt.Fprintln(w)
		errs = append(errs, err, writeKindMarkdown(w, k))
	}
	return errors.Join(errs...)
}

func writeKindMarkdown(w io.Writer, k steps.Kind) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s\n", k.Type, k.Summary)
	if k.Doc != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(k.Doc))
	}
	fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(fmt.Sprintf("Deadline where the plan sets none: %s. %s", steps.Duration(k.Timeout), shorthands(k))))
	b.WriteString("\n| field | type | default | meaning |\n|---|---|---|---|\n")
	eachField(k.Fields(), "", func(path string, f steps.Field) {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", path, fieldType(f), fieldDefault(f), cell(f.Doc))
	})
	if len(k.Outputs) > 0 {
		b.WriteString("\n| output | type | meaning |\n|---|---|---|\n")
	}
	for _, o := range k.Outputs {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", o.Name, o.Type, cell(o.Doc))
	}
	fmt.Fprintf(&b, "\n```yaml fragment\n%s\n```\n", strings.TrimRight(k.Example, "\n"))
	_, err := io.WriteString(w, b.String())
	return err
}

func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(s)
}
