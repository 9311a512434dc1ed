package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/evidence/keys"
)

func (a *app) keysCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "keys", Short: "Make and show the key that signs runs"})
	cmd.AddCommand(a.keysNewCommand(), a.keysShowCommand())
	return cmd
}

func (a *app) keysNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new FILE",
		Short: "Make an Ed25519 key: FILE to sign with, FILE.pub to check with",
		Long: `Make an Ed25519 key to sign runs with (--sign-key FILE, or $DRPLAN_SIGN_KEY). FILE is
for whoever signs alone; FILE.pub is for everybody, auditors first. Both are in
OpenSSH's format. Neither may exist: a key that is overwritten checks nothing more.`,
		Example: "  drplan keys new drplan-signing-key",
		Args:    exactly("FILE"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.newKey(args[0]) },
	}
}

func (a *app) newKey(file string) error {
	private, public, err := keys.New(a.person())
	if err != nil {
		return err
	}
	if exists(file + ".pub") {
		return keyThere(file + ".pub")
	}
	if err := writeNew(file, private, 0o600); err != nil {
		return err
	}
	if err := writeNew(file+".pub", []byte(public.SSH()+" "+a.person()+"\n"), 0o644); err != nil {
		return errors.Join(err, os.Remove(file)) // half a key is none
	}
	fmt.Fprintf(a.out, "%s\n", public.Fingerprint())
	fmt.Fprintf(a.err, "wrote %s, which nobody else should have, and %s.pub, which auditors need\n", file, file)
	return nil
}

func keyThere(file string) error {
	return cannot(fmt.Errorf("%s is there already: it is not overwritten, for what it has signed could never be checked again", file), "name another file")
}

// writeNew makes a file that must not be there.
func writeNew(file string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return keyThere(file)
	}
	if err != nil {
		return cannot(err, "")
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

func (a *app) keysShowCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "show [KEY]",
		Short: "Show the public key of a key, for those who check",
		Long: `Show the public key of KEY: a file, private or public, or agent (agent:FINGERPRINT) for one
of the SSH agent. Without KEY, that of $DRPLAN_SIGN_KEY. Never the private one.`,
		Example: "  drplan keys show drplan-signing-key -o pem >signer.pem",
		Args:    oneAtMost,
		RunE: func(_ *cobra.Command, args []string) error {
			public, err := a.publicOf(args)
			if err != nil {
				return err
			}
			return a.showKey(public, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, fingerprint, ssh (a line of OpenSSH), pem (for openssl), note (for tools of signed notes)")
	complete(cmd, "output", words("text", "fingerprint", "ssh", "pem", "note"))
	return cmd
}

func (a *app) publicOf(args []string) (keys.Public, error) {
	spec := ""
	if len(args) > 0 {
		spec = args[0]
		if data, err := os.ReadFile(spec); err == nil {
			if all, err := keys.ParsePublic(data); err == nil {
				return all[0], nil
			}
		}
	}
	signer, err := a.signer(spec)
	if err != nil {
		return keys.Public{}, err
	}
	if signer == nil {
		return keys.Public{}, usage(errors.New("which key?"), "name its file, or agent, or set $DRPLAN_SIGN_KEY")
	}
	return signer.Public(), nil
}

func (a *app) showKey(p keys.Public, output string) error {
	forms := map[string]string{
		"fingerprint": p.Fingerprint() + "\n", "ssh": p.SSH() + "\n", "pem": string(p.PEM()), "note": p.Verifier() + "\n",
		"text": fmt.Sprintf("fingerprint  %s\nopenssh      %s\nnote         %s\n", p.Fingerprint(), p.SSH(), p.Verifier()),
	}
	text, ok := forms[output]
	if !ok {
		return usagef("-o is text, fingerprint, ssh, pem or note, not %q", output)
	}
	_, err := a.out.Write([]byte(text))
	return err
}

// trusted reads the keys that --key names: files, or a key itself.
func trusted(named []string) ([]keys.Public, error) {
	var all []keys.Public
	for _, name := range named {
		data, err := os.ReadFile(name)
		if err != nil {
			if literal, bad := keys.ParsePublic([]byte(name)); bad == nil {
				all = append(all, literal...)
				continue
			}
			return nil, cannot(fmt.Errorf("the key %s cannot be read: %w", name, err), "name the signer's public key: a file, or the key itself as ssh-ed25519 …")
		}
		some, err := keys.ParsePublic(bytes.TrimSpace(data))
		if err != nil {
			return nil, cannot(fmt.Errorf("%s: %w", name, err), "")
		}
		all = append(all, some...)
	}
	return all, nil
}
