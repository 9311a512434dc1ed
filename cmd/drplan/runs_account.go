package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/evidence/keys"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/report/store"
)

// accountOptions are the flags of drplan runs account.
type accountOptions struct {
	runs, archived, brought, reason, key string
	register                             bool
}

func (a *app) runsAccountCommand() *cobra.Command {
	var o accountOptions
	cmd := &cobra.Command{
		Use:   "account [RUN] --archived WHERE|--brought-from WHERE|--register --reason TEXT",
		Short: "Say where a run is that is not here, or why one is here that was not entered",
		Long: `Account for what the register of runs and the folder do not agree on. What you say is
written into the register, with your name, for ever: runs list and runs verify --all show it
instead of a gap, and never call the run verified.

--archived WHERE: RUN is kept elsewhere. Say it before you move the run, and what its
journal was is recorded; afterwards, WHERE may be the run's bundle or folder, if it can be read
here, which is compared with the register. Else it stands there that nobody saw it.
--brought-from WHERE: RUN was begun in another folder, or could not be entered here.
--register: the register is damaged or gone. It is set aside, and a new one begun with the runs that
are here.

With --sign-key the account is signed. Where runs verify --all is given keys, it takes no
account that none of them has signed. A journal that is another than the one that was entered
cannot be accounted for.`,
		Example:           "  drplan runs account 20260301T093000Z-loss-k3fq --archived s3://archive/2026 --reason 'kept for three years, ticket 4711' --sign-key signer",
		Args:              oneAtMost,
		ValidArgsFunction: completeRuns(),
		RunE:              func(_ *cobra.Command, args []string) error { return a.account(args, o) },
	}
	runsFlag(cmd, &o.runs)
	f := cmd.Flags()
	f.StringVar(&o.archived, "archived", "", "where the run is kept: a place that whoever asks can go to")
	f.StringVar(&o.brought, "brought-from", "", "where the run was begun")
	f.BoolVar(&o.register, "register", false, "begin the register anew, and keep the one that is there beside it")
	f.StringVar(&o.reason, "reason", "", "why, for the record (required)")
	f.StringVar(&o.key, "sign-key", "", "sign the account, as drplan run does (default $DRPLAN_SIGN_KEY)")
	return cmd
}

// check refuses flags that do not go together.
func (o *accountOptions) check(args []string) error {
	o.archived, o.brought, o.reason = strings.TrimSpace(o.archived), strings.TrimSpace(o.brought), strings.TrimSpace(o.reason)
	said := 0
	for _, is := range []bool{o.archived != "", o.brought != "", o.register} {
		if is {
			said++
		}
	}
	switch {
	case said != 1:
		return usagef("say one of --archived WHERE, --brought-from WHERE and --register")
	case o.register && len(args) > 0:
		return usagef("--register is about all runs: it takes no RUN")
	case !o.register && len(args) == 0:
		return usagef("which run? drplan runs list shows those that are missing")
	case o.reason == "":
		return usage(errors.New("say why with --reason"), "it goes on record for whoever asks where the run is")
	}
	return nil
}

func (a *app) account(args []string, o accountOptions) error {
	if err := o.check(args); err != nil {
		return err
	}
	folder, err := runsFolder(o.runs)
	if err == nil {
		err = mustBeThere(store.Folder(folder))
	}
	if err != nil {
		return err
	}
	signer, err := a.signer(o.key)
	if err != nil {
		return err
	}
	said := register.Account{Reason: o.reason}
	switch {
	case o.register:
		said.Kind = register.Replaced
		err = aside(folder, &said)
	case o.brought != "":
		said.Kind, said.Where = register.Brought, o.brought
		err = broughtRun(folder, args[0], &said)
	default:
		said.Kind, said.Where = register.Archived, o.archived
		err = archivedRun(folder, args[0], &said)
	}
	if err != nil {
		return err
	}
	return a.record(folder, said, signer)
}

func (a *app) record(folder string, said register.Account, signer keys.Signer) error {
	var seal func(string) (string, error)
	if signer != nil {
		said.Signer = signer.Public().Fingerprint()
		seal = func(text string) (string, error) {
			note, err := keys.Seal(text, signer)
			return string(note), err
		}
	}
	host, _ := os.Hostname()
	said, err := register.Record(register.Start{Runs: folder, By: whoami(a.getenv), From: host}, said, seal)
	if err != nil {
		return cannot(fmt.Errorf("nothing was recorded: the register of runs: %w", err), "if it is damaged: drplan runs account --register --reason TEXT")
	}
	fmt.Fprintf(a.out, "%s: %s\n", orRegister(said.Run), said.Says())
	if signer == nil {
		fmt.Fprintf(a.err, "note: this is not signed, and counts for nobody who verifies with --key: --sign-key\n")
	}
	if said.Kind == register.Archived && exists(filepath.Join(folder, said.Run)) {
		fmt.Fprintf(a.err, "note: the run is still here, in %s; it counts as archived once it is not\n", filepath.Join(folder, said.Run))
	}
	return nil
}

func orRegister(run string) string {
	if run == "" {
		return "register"
	}
	return run
}

// archivedRun finds the run that was, or is to be, moved, and what can be seen of it.
func archivedRun(folder, asked string, said *register.Account) error {
	s := store.Folder(folder)
	ids, err := runsIn(s)
	if err != nil {
		return err
	}
	missing, err := gapsIn(s, ids, false)
	if err != nil {
		return cannot(err, "")
	}
	all := slices.Clone(ids)
	for _, g := range missing {
		if g.Missing {
			all = append(all, g.Run)
		}
	}
	if said.Run, err = pickRun(folder, all, asked); err != nil {
		return err
	}
	if slices.Contains(ids, said.Run) {
		*said, err = said.Seen(s.Dir(said.Run))
		return onlyWhole(err)
	}
	return seenElsewhere(folder, said)
}

func onlyWhole(err error) error {
	if err == nil {
		return nil
	}
	return cannot(fmt.Errorf("the run's journal cannot be read to its end, so nothing can be said of it: %w", err), "drplan runs verify says what does not hold")
}

// seenElsewhere looks at the copy itself, where it can be read from here, and holds it
// against what the register has of the run.
func seenElsewhere(folder string, said *register.Account) error {
	info, err := os.Stat(said.Where)
	if err != nil {
		return nil // a place that cannot be looked at from here
	}
	said.Where = absolute(said.Where)
	if !info.IsDir() {
		return seenInBundle(folder, said)
	}
	dir := said.Where
	if !exists(filepath.Join(dir, "journal.jsonl")) {
		dir = filepath.Join(dir, said.Run)
	}
	if !exists(filepath.Join(dir, "journal.jsonl")) {
		return cannot(fmt.Errorf("%s is here, and has no run %s", said.Where, said.Run), "name the folder, or the bundle, that has it")
	}
	seen, err := said.Seen(dir)
	if err != nil {
		return onlyWhole(err)
	}
	if id := runIDOf(dir); id != said.Run {
		return anotherRun(said, id)
	}
	*said = seen
	return sameFirst(folder, said)
}

func seenInBundle(folder string, said *register.Account) error {
	r, first, err := evidence.LookIn(said.Where)
	switch {
	case err != nil:
		return cannot(fmt.Errorf("%s: %w", said.Where, err), "")
	case r.Verdict == evidence.Broken:
		return cannot(fmt.Errorf("%s does not hold: %s", said.Where, r.Finding), "a copy that is broken accounts for nothing")
	case r.Run != said.Run:
		return anotherRun(said, r.Run)
	}
	said.Records, said.Head, said.First = r.Journal.Records, r.Journal.Sum, first
	return sameFirst(folder, said)
}

func anotherRun(said *register.Account, id string) error {
	return cannot(fmt.Errorf("%s is a copy of run %s, not of %s", said.Where, id, said.Run), "")
}

// sameFirst holds the first record of a copy against the one that was entered.
func sameFirst(folder string, said *register.Account) error {
	reg, err := register.Read(folder)
	if err != nil {
		return nil //nolint:nilerr // Record says what is wrong with the register
	}
	for _, e := range reg.Entries {
		if e.Run == said.Run && e.Head != "" && e.Head != said.First {
			return cannot(fmt.Errorf("%s is not the run that was entered as start %d: its first record is another", said.Where, e.Number), "")
		}
	}
	return nil
}

// broughtRun finds a run that is here.
func broughtRun(folder, asked string, said *register.Account) error {
	s := store.Folder(folder)
	ids, err := runsIn(s)
	if err != nil {
		return err
	}
	if said.Run, err = pickRun(folder, ids, asked); err != nil {
		return err
	}
	*said, err = said.Seen(s.Dir(said.Run))
	return onlyWhole(err)
}

// aside sets the register aside, where it cannot be used.
func aside(folder string, said *register.Account) error {
	if _, err := register.Read(folder); err == nil {
		return cannot(errors.New("the register of runs can be read: there is no reason to begin it anew"), "account for a single run, by its id")
	}
	s := store.Folder(folder)
	ids, err := runsIn(s)
	if err != nil {
		return err
	}
	for one := range store.Headers(context.Background(), s, ids) {
		if p := one.Value.Register; one.Err == nil && p != nil && p.ID != "" && !slices.Contains(said.Registers, p.ID) {
			said.Registers = append(said.Registers, p.ID)
		}
	}
	name, err := register.SetAside(folder, time.Now())
	if err != nil {
		return cannot(err, "")
	}
	if said.Where = name; name == "" {
		said.Where = "no place: it was gone"
	}
	return nil
}

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
