package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/evidence/keys"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/store"
	"github.com/drplan/drplan/steps"
)

// signOptions are the flags of commands that sign a run.
type signOptions struct {
	key    string
	anchor anchorOptions

	signer keys.Signer // nil: nobody signs
}

func (o *signOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.key, "sign-key", "", "sign the journal when it is closed: a key's file, or agent for the SSH agent's, agent:FINGERPRINT for one of several (default $DRPLAN_SIGN_KEY, which may also hold the key itself)")
	o.anchor.flags(cmd)
}

const pemMark = "-----BEGIN "

// signer finds a signing key. Nil: none is asked for.
func (a *app) signer(flag string) (keys.Signer, error) {
	if strings.Contains(flag, pemMark) {
		return nil, usage(errors.New("a key on the command line is seen by everybody on this machine"), "put it into a file, or into $DRPLAN_SIGN_KEY")
	}
	spec := cmp.Or(flag, a.getenv("DRPLAN_SIGN_KEY"))
	which, agent := strings.CutPrefix(spec, "agent")
	socket := a.getenv("SSH_AUTH_SOCK")
	var signer keys.Signer
	var err error
	switch {
	case spec == "":
		return nil, nil
	case strings.Contains(spec, pemMark):
		spec = "$DRPLAN_SIGN_KEY"
		signer, err = keys.ParsePrivate([]byte(a.getenv("DRPLAN_SIGN_KEY")))
	case agent && (which == "" || which[0] == ':'):
		signer, err = keys.Agent(socket, strings.TrimPrefix(which, ":"))
	default:
		signer, err = signerFile(spec, socket)
	}
	if err != nil {
		hint := "" // whoever has a key must not be sent to make another
		if errors.Is(err, fs.ErrNotExist) {
			hint = "drplan keys new " + steps.ShellWord(spec) + " makes one there"
		}
		return nil, cannot(fmt.Errorf("the signing key %s: %w", spec, err), hint)
	}
	return signer, nil
}

// signerFile reads a private key, or finds in the agent the one of a public key.
func signerFile(file, socket string) (keys.Signer, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if public, err := keys.ParsePublic(data); err == nil {
		return keys.AgentHas(socket, public[0])
	}
	return keys.ParsePrivate(data)
}

// load finds the key before a run begins. A drill that could not be signed is not
// begun; a recovery is not kept from beginning by that.
func (o *signOptions) load(a *app, mode engine.Mode, say func(string)) error {
	var err error
	o.signer, err = a.signer(o.key)
	if err == nil {
		err = o.anchor.check(o.signer != nil)
	}
	hideKey(a.getenv)
	if err == nil || mode != engine.ModeRecovery || asFault(err).code == exitUsage {
		return err
	}
	o.signer = nil
	say(fmt.Sprintf("%v; the recovery goes on, sign it later with drplan runs sign", err))
	return nil
}

// hideKey keeps a key that stands in the environment from every command that a
// step runs.
func hideKey(getenv func(string) string) {
	if strings.Contains(getenv("DRPLAN_SIGN_KEY"), pemMark) {
		_ = os.Unsetenv("DRPLAN_SIGN_KEY") // it fails for no name like this one
	}
}

// sign closes the run in dir with a checkpoint, and keeps that where it was asked to.
func (a *app) sign(dir string, o signOptions) (file string, c evidence.Checkpoint, err error) {
	file, c, err = evidence.Sign(dir, o.signer, a.person(), time.Now())
	if err == nil && o.anchor.address != "" {
		err = o.anchor.put(c.Run, file)
	}
	return file, c, err
}

// signEnded signs a run that was let go of. Unclosed, it is not over, and not signed.
func (a *app) signEnded(r *run, o signOptions, copied *copying) error {
	if o.signer == nil || r.Evidence == nil || !r.Evidence.Closed {
		return nil
	}
	file, _, err := a.sign(r.dir, o)
	if file != "" && copied != nil {
		err = errors.Join(err, copied.keep(file))
	}
	if err != nil {
		return cannot(fmt.Errorf("the run was not signed as asked: %w", err), "")
	}
	fmt.Fprintf(a.err, "signed by %s: %s\n", o.signer.Public().Fingerprint(), filepath.Base(file))
	return nil
}

// signatures are those of the run's checkpoints, as they say of themselves.
func (r *run) signatures() []report.Signature {
	files := map[string][]byte{}
	if m, ok := r.store.(*store.Mirror); ok {
		files, _ = m.Files(context.Background(), r.id) // who verifies hears of what cannot be read
	} else if r.dir != "" {
		files = evidence.CheckpointsIn(r.dir)
	}
	var out []report.Signature
	for _, c := range evidence.Claimed(files) {
		out = append(out, report.Signature{Key: c.Signer, By: c.By, At: report.Instant{Time: c.Signed.UTC()}, Records: c.Records})
	}
	return out
}

func (a *app) runsSignCommand() *cobra.Command {
	var o signOptions
	var runs string
	cmd := &cobra.Command{
		Use:   "sign RUN",
		Short: "Sign a run: close its journal with a checkpoint",
		Long: `Sign a run that has ended or was stopped: a file checkpoint-RECORDS-KEY.note beside its journal says
what the journal is, by whom, and when. What was signed before must still hold, or
nothing is signed. A second key adds a second signature.

Exits 1 where the journal is damaged or not closed.`,
		Example:           "  drplan runs sign latest --sign-key drplan-signing-key",
		Args:              exactly("RUN"),
		ValidArgsFunction: completeRuns(),
		RunE:              func(_ *cobra.Command, args []string) error { return a.signRun(runs, args[0], o) },
	}
	runsFlag(cmd, &runs)
	o.flags(cmd)
	return cmd
}

func (a *app) signRun(runs, asked string, o signOptions) (err error) {
	if o.signer, err = a.signer(o.key); err != nil {
		return err
	}
	if o.signer == nil {
		return usage(errors.New("runs sign needs a key"), "--sign-key FILE, or agent, or $DRPLAN_SIGN_KEY; drplan keys new FILE makes one")
	}
	if err := o.anchor.check(true); err != nil {
		return err
	}
	dir, err := runDir(runs, asked)
	if err != nil {
		return err
	}
	if store.Bereft(dir) {
		return goneRun(fmt.Errorf("the run in %s cannot be signed: %w", dir, store.ErrGone))
	}
	file, c, err := a.sign(dir, o)
	var damaged *evidence.DamagedError
	if errors.Is(err, evidence.ErrOpen) || errors.As(err, &damaged) {
		return &fault{code: exitBad, err: fmt.Errorf("%s: %w", filepath.Base(dir), err)}
	}
	if err != nil {
		return cannot(err, "")
	}
	fmt.Fprintf(a.out, "%s\n  records      %d\n  fingerprint  %s\n  signer       %s\n  signed       %s by %s\n  checkpoint   %s\n",
		c.Run, c.Records, c.Head, c.Signer, c.Signed.Format(time.RFC3339), c.By, filepath.Base(file))
	return nil
}
