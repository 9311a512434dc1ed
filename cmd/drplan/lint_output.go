package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// lintFormats are those of findings, and a summary for people.
func lintFormats() []string { return append(formatNames(findingFormats), "markdown") }

// lintOutput is one of the forms in which findings are written.
type lintOutput struct {
	format string
	file   string // empty: stdout
}

// outputsOf reads the values of -o: FORMAT, or FORMAT=FILE.
func outputsOf(values []string) (out []lintOutput, err error) {
	seen := map[string]bool{}
	for _, v := range values {
		format, file, toFile := strings.Cut(v, "=")
		switch {
		case !slices.Contains(lintFormats(), format):
			return nil, usagef("-o is one of %s, or one of them and a file, as in json=findings.json; not %q", strings.Join(lintFormats(), ", "), v)
		case toFile && file == "":
			return nil, usagef("-o %s lacks the file", v)
		case seen[file] && file == "":
			return nil, usage(fmt.Errorf("-o %s: stdout has one form already", v), "write it to a file: -o "+v+"=FILE")
		case seen[file]:
			return nil, usagef("-o %s: something else is written to that file", v)
		}
		seen[file] = true
		out = append(out, lintOutput{format, file})
	}
	return out, nil
}

// shows reports whether a format is written, wherever to.
func (f *lintFlags) shows(format string) bool {
	return slices.ContainsFunc(f.outputs, func(o lintOutput) bool { return o.format == format })
}

// tellFindings writes what was found in every form that is wanted, and is the exit
// code. A form that cannot be written keeps nobody from the others.
func (a *app) tellFindings(f lintFlags, all []linted) error {
	var bad *fault
	for _, o := range f.outputs {
		if err := a.writeOutput(f, o, all); err != nil {
			bad = bad.and(asFault(err))
		}
	}
	found := false
	for _, one := range all {
		if one.unread != nil {
			bad = bad.and(one.unread)
		}
		found = found || one.bad
	}
	switch {
	case bad != nil:
		return bad
	case found:
		return exitWith(exitBad)
	}
	return nil
}

// writeOutput writes one form. It is buffered: hundreds of findings are a few writes.
func (a *app) writeOutput(f lintFlags, o lintOutput, all []linted) error {
	if o.file == "" {
		w := bufio.NewWriterSize(a.out, 64<<10)
		return cmp.Or(a.writeFindings(f, w, o.format, all), w.Flush())
	}
	file, err := os.Create(o.file)
	if err != nil {
		return cannot(err, "name a file in a folder that is there, to which you may write")
	}
	w := bufio.NewWriter(file)
	return cmp.Or(a.writeFindings(f, w, o.format, all), w.Flush(), file.Close())
}

func (a *app) writeFindings(f lintFlags, w io.Writer, format string, all []linted) error {
	if format == "markdown" {
		return a.writeSummary(f, w, all)
	}
	list := make([]checked, len(all))
	for i, one := range all {
		list[i] = one.checked
	}
	return findingFormats[format](w, list)
}
