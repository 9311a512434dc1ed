// Package seal encrypts and decrypts a stream with age, for recipients or by a
// passphrase, and says in plain words why it cannot.
//
// It must not know what is in the stream. Nothing that it says holds a key or a
// passphrase: a line of a key file is named by its number.
package seal
