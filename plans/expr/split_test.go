package expr

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		name, template string
		want           []Part
	}{
		{"nothing", "", nil},
		{"only text", "plain $NAME $ $$ }", []Part{{Text: "plain $NAME $ $$ }"}}},
		{"whole", "${params.a}", []Part{{Expr: "params.a", Offset: 2}}},
		{"spaces are kept", "${ a }", []Part{{Expr: " a ", Offset: 2}}},
		{"mixed", "x${a}y${b}", []Part{{Text: "x"}, {Expr: "a", Offset: 3}, {Text: "y", Offset: 5}, {Expr: "b", Offset: 8}}},
		{"escaped", "$${a}", []Part{{Text: "${a}"}}},
		{"escaped after a dollar", "$$${a}", []Part{{Text: "$${a}"}}},
		{"escaped, then not", "$${a}${b}", []Part{{Text: "${a}"}, {Expr: "b", Offset: 7}}},
		{"braces nest", "${ {'a': {'b': 1}} }!", []Part{{Expr: " {'a': {'b': 1}} ", Offset: 2}, {Text: "!", Offset: 20}}},
		{"a brace in quotes", `${"}" + '}'}`, []Part{{Expr: `"}" + '}'`, Offset: 2}}},
		{"an escaped quote", `${"\"}"}`, []Part{{Expr: `"\"}"`, Offset: 2}}},
		{"a raw string ends at its quote", `${r"\"}x"`, []Part{{Expr: `r"\"`, Offset: 2}, {Text: `x"`, Offset: 7}}},
		{"a name that ends in r is no prefix", `${car"\"}"}`, []Part{{Expr: `car"\"}"`, Offset: 2}}},
		{"triple quotes", `${'''it's }'''}`, []Part{{Expr: `'''it's }'''`, Offset: 2}}},
		{"a comment", "${a // not the end: }\n}", []Part{{Expr: "a // not the end: }\n", Offset: 2}}},
		{"lines", "a\n${b}\n", []Part{{Text: "a\n"}, {Expr: "b", Offset: 4}, {Text: "\n", Offset: 6}}},
		{"wide runes", "日${a}", []Part{{Text: "日"}, {Expr: "a", Offset: 5}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Split(tc.template)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if again := Join(got); again != tc.template {
				t.Errorf("joined: %q, want %q", again, tc.template)
			}
		})
	}
}

func TestSplitRefuses(t *testing.T) {
	for template, want := range map[string]*Error{
		"ab ${params.x":   {Offset: 3, Length: 10, Msg: "the expression that begins with ${ has no end"},
		"${'}":            {Offset: 0, Length: 4, Msg: "the expression that begins with ${ has no end"},
		"${{}":            {Offset: 0, Length: 4, Msg: "the expression that begins with ${ has no end"},
		"${a // forever}": {Offset: 0, Length: 15, Msg: "the expression that begins with ${ has no end"},
		"x ${ } y":        {Offset: 2, Length: 4, Msg: "the expression is empty"},
	} {
		_, err := Split(template)
		var got *Error
		if !errors.As(err, &got) {
			t.Errorf("%q: error %v", template, err)
			continue
		}
		if got.Hint == "" {
			t.Errorf("%q: no hint", template)
		}
		got.Hint = ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", template, diff)
		}
	}
}

func TestHasExpr(t *testing.T) {
	for template, want := range map[string]bool{
		"": false, "$": false, "$a": false, "${a}": true, "$${a}": false, "$$${a}": false, "$${a} ${b}": true, "x${": true,
	} {
		if got := HasExpr(template); got != want {
			t.Errorf("%q: %t", template, got)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		"", "plain", "${a}", "$${a}", "$$${a}${b}", `${"}"}`, `${r'\'}`, "${'''}'''}", "${{'a':1}}", "${a //}\n}", "${", "日${a}本", "\xff${\xff}", "${b\"\\x7d\"}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := Split(s)
		var located *Error
		if errors.As(err, &located) {
			if located.Offset < 0 || located.Offset+located.Length > len(s) || located.Length == 0 {
				t.Fatalf("error beyond the template: %+v", located)
			}
			if !HasExpr(s) {
				t.Fatal("an error without an expression")
			}
			return
		}
		if again := Join(parts); again != s {
			t.Fatalf("joined: %q, want %q", again, s)
		}
		exprs := 0
		for _, p := range parts {
			if (p.Text == "") == (p.Expr == "") {
				t.Fatalf("neither text nor expression: %+v", p)
			}
			if p.Expr != "" {
				exprs++
				if s[p.Offset:p.Offset+len(p.Expr)] != p.Expr {
					t.Fatalf("wrong offset: %+v", p)
				}
			}
		}
		if HasExpr(s) != (exprs > 0) {
			t.Fatalf("HasExpr is %t of %d expressions", HasExpr(s), exprs)
		}
	})
}
