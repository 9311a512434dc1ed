package keys

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentPatience is how long an agent may take: some ask a person.
const agentPatience = time.Minute

// lent is a key that an SSH agent has.
type lent struct {
	socket string
	public Public
}

// Agent finds an Ed25519 key of the SSH agent at socket, which is $SSH_AUTH_SOCK
// as a rule. which is its fingerprint or its comment; empty: the only one there is.
func Agent(socket, which string) (Signer, error) {
	var found []Public
	var names []string
	err := ask(socket, func(a agent.Agent) error {
		all, err := a.List()
		for _, key := range all {
			parsed, bad := ssh.ParsePublicKey(key.Blob)
			if bad != nil {
				continue
			}
			public, bad := fromSSH(parsed)
			if bad != nil {
				continue // of another type: not for us
			}
			names = append(names, public.Fingerprint()+" "+key.Comment)
			if which == "" || which == public.Fingerprint() || which == key.Comment {
				found = append(found, public)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(found) == 1:
		return lent{socket, found[0]}, nil
	case len(names) == 0:
		return nil, errors.New("the SSH agent has no ssh-ed25519 key: add one with ssh-add")
	}
	return nil, fmt.Errorf("name one key of the SSH agent, by its fingerprint or its comment: %s", strings.Join(names, ", "))
}

// AgentHas finds the key in the agent whose public half is given.
func AgentHas(socket string, public Public) (Signer, error) {
	return Agent(socket, public.Fingerprint())
}

func (l lent) Public() Public { return l.public }

// Sign asks the agent. What comes back is checked: an agent that answers for
// another key would make evidence that nobody can use.
func (l lent) Sign(message []byte) (signature []byte, err error) {
	err = ask(l.socket, func(a agent.Agent) error {
		s, err := a.Sign(l.public.ssh(), message)
		if err != nil {
			return fmt.Errorf("the SSH agent does not sign: %w", err)
		}
		signature = s.Blob
		return nil
	})
	if err == nil && !ed25519.Verify(l.public.key, message, signature) {
		err = errors.New("the SSH agent's signature is not one of the key that was asked for")
	}
	return signature, err
}

func ask(socket string, what func(agent.Agent) error) error {
	if socket == "" {
		return errors.New("there is no SSH agent: $SSH_AUTH_SOCK is not set")
	}
	conn, err := net.DialTimeout("unix", socket, agentPatience)
	if err != nil {
		return fmt.Errorf("the SSH agent does not answer: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(agentPatience)); err != nil {
		return err
	}
	return what(agent.NewClient(conn))
}
