# Stands in for the module of this name, which Debian does not have, as far as SyTest uses it.

package Crypt::Ed25519;

use strict;
use warnings;

our $VERSION = "1.05";

use Crypt::PK::Ed25519;

sub eddsa_secret_key
{
   my $key = Crypt::PK::Ed25519->new;
   $key->generate_key;
   return $key->export_key_raw( "private" );
}

sub eddsa_public_key
{
   my ( $seed ) = @_;
   my $key = Crypt::PK::Ed25519->new;
   $key->import_key_raw( $seed, "private" );
   return $key->export_key_raw( "public" );
}

sub eddsa_sign
{
   my ( $message, undef, $seed ) = @_;
   my $key = Crypt::PK::Ed25519->new;
   # Some have the public half behind the seed.
   $key->import_key_raw( substr( $seed, 0, 32 ), "private" );
   return $key->sign_message( $message );
}

sub eddsa_verify
{
   my ( $message, $public, $signature ) = @_;
   my $key = Crypt::PK::Ed25519->new;
   $key->import_key_raw( $public, "public" );
   return $key->verify_message( $signature, $message );
}

*sign   = \&eddsa_sign;
*verify = \&eddsa_verify;

1;
