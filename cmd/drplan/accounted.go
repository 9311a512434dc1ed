package main

import (
	"errors"
	"fmt"

	"github.com/drplan/drplan/evidence/keys"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/report/store"
)

// explained adds what a folder's register has been told of gaps that others found.
func (a *app) explained(s store.Store, found []register.Gap) []register.Gap {
	f, ok := s.(store.Folder)
	if !ok {
		return found
	}
	reg, err := register.Read(f.Name())
	if err != nil {
		return found // said by whoever looked for gaps
	}
	for i, g := range found {
		if said := reg.OfRun(g.Run); g.Missing && g.Account == nil && said != nil && said.Kind == register.Archived {
			found[i].Account, found[i].Register = said, reg.ID
		}
	}
	return found
}

// accountText is a gap for people. excused: somebody has accounted for it, and where
// keys are trusted, one of them has signed that.
func accountText(g register.Gap, trusted []keys.Public) (text string, excused bool) {
	said := g.Account
	if said == nil {
		return gapText(g), false
	}
	signed, err := signedAccount(g, trusted)
	switch {
	case err != nil:
		return gapText(g) + "; what was said of it was not said by who it names: " + err.Error(), false
	case len(trusted) > 0 && !signed:
		return gapText(g) + "; " + said.Says() + "; no key that was given has signed that", false
	}
	word := map[register.Kind]string{register.Archived: "ARCHIVED", register.Brought: "BROUGHT HERE", register.Replaced: "BEGUN ANEW"}[said.Kind]
	by := ", not signed"
	if said.Signer != "" {
		by = ", signed by " + said.Signer
		if !signed {
			by += " (not checked)"
		}
	}
	return fmt.Sprintf("%s: %s, not verified: %s%s", orRegister(g.Run), word, said.Says(), by), true
}

// signedAccount reports whether a trusted key has signed an account. The error says
// that its signature is not one of what it says.
func signedAccount(g register.Gap, trusted []keys.Public) (bool, error) {
	if g.Account.Note == "" {
		return false, nil
	}
	text, by, err := keys.Open([]byte(g.Account.Note), trusted)
	switch {
	case errors.Is(err, keys.ErrStranger):
		return false, sameText(text, g)
	case err != nil:
		return false, err
	case by.Fingerprint() != g.Account.Signer:
		return false, fmt.Errorf("it names the signer %s, and %s has signed", g.Account.Signer, by.Fingerprint())
	}
	return true, sameText(text, g)
}

func sameText(text string, g register.Gap) error {
	if text != g.Account.Text(g.Register) {
		return errors.New("its signature is over another text")
	}
	return nil
}
