package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

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
