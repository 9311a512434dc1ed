package expr

import (
	"errors"
	"testing"
)

// FuzzCheck: whatever an expression is, Check answers, and an error lies within
// the template; what passes Check can be evaluated or says why not.
func FuzzCheck(f *testing.F) {
	for _, tc := range cases {
		f.Add(tc.template)
	}
	for _, s := range []string{
		"${1 +}", "${'日本' + steps.fnd.x}", "${\xff}", "${a\nb\n c d}", "${[1].map(item, item)}", "${params.regions.map(x,}", "${`a`}", "${-}", "${steps.restore[1].name}", "${\"\\xff\"}",
	} {
		f.Add(s)
	}
	env := New(itemScope())
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := env.Check(s); err != nil {
			inside(t, s, err)
			if _, err := References(s); err != nil {
				inside(t, s, err)
			}
			return
		}
		if _, err := References(s); err != nil {
			t.Fatalf("checked, but no references: %v", err)
		}
		if _, err := env.Eval(s, vars()); err != nil {
			inside(t, s, err)
		}
	})
}

func inside(t *testing.T, s string, err error) {
	t.Helper()
	var located *Error
	if !errors.As(err, &located) {
		t.Fatalf("%v is not an *Error", err)
	}
	if located.Offset < 0 || located.Length < 0 || located.Offset+located.Length > len(s) {
		t.Fatalf("%q: beyond the template: %+v", s, located)
	}
}
