# Starts trellis-homeserver for SyTest; docs/conformance.md says how to run it.
#
# One server only: what needs a second one is federation, and is skipped.

use strict;
use warnings;

package SyTest::HomeserverFactory::Trellis;
use base qw( SyTest::HomeserverFactory );

sub _init
{
   my $self = shift;

   $self->{binary} = $ENV{TRELLIS_HOMESERVER} // "trellis-homeserver";
   $self->{database} = undef;
   # Some tests are for certain homeservers only; what they ask may be asked of us as well.
   $self->{acts_as} = "trellis";

   $self->SUPER::_init( @_ );
}

sub implementation_name
{
   my $self = shift;
   return $self->{acts_as};
}

sub get_options
{
   my $self = shift;

   return (
      'homeserver-binary=s' => \$self->{binary},
      'database=s'          => \$self->{database},
      'acts-as=s'           => \$self->{acts_as},
      $self->SUPER::get_options(),
   );
}

sub print_usage
{
   print STDERR <<EOF
       --homeserver-binary FILE - the trellis-homeserver to start
       --database URL           - its database, empty; SQLite unless said
       --acts-as NAME           - run the tests that are for this homeserver
EOF
}

sub create_server
{
   my $self = shift;
   my %params = @_;

   die "federation is not tested\n" if $params{hs_index} > 0;

   return SyTest::Homeserver::Trellis->new(
      binary   => $self->{binary},
      database => $self->{database},
      %params,
   );
}

package SyTest::Homeserver::Trellis;

# Loaded by the factories that come with SyTest.
our @ISA = qw( SyTest::Homeserver );

use Cwd qw( abs_path );
use File::Path qw( remove_tree );

sub _init
{
   my $self = shift;
   my ( $args ) = @_;

   $self->{$_} = delete $args->{$_} for qw( binary database );

   $self->SUPER::_init( $args );

   $self->{port} = main::alloc_port( "trellis[$self->{hs_index}]" );
}

sub server_name
{
   my $self = shift;
   return "$self->{bind_host}:$self->{port}";
}

sub federation_host
{
   my $self = shift;
   return $self->{bind_host};
}

sub federation_port
{
   return undef;
}

sub public_baseurl
{
   my $self = shift;
   return "http://" . $self->server_name;
}

sub start
{
   my $self = shift;

   my $data_dir = "$self->{hs_dir}/data";
   remove_tree( $data_dir );

   my @command = (
      $self->{binary}, "serve",
      "--server-name", $self->server_name,
      "--listen", "127.0.0.1:$self->{port}",
      "--data-dir", $data_dir,
      "--default-room-version", "10",
      "--registration", "open",
      "--registration-shared-secret", "reg_secret",
      "--allow-guests",
      "--allow-query-tokens",
      "--allow-legacy-media",
      # The test server, which is also the push gateway, is on this machine.
      "--allow-private-push-gateways",
      "--no-rate-limits",
   );
   push @command, "--database", $self->{database} if defined $self->{database};

   return $self->_start_process_and_await_connectable(
      setup => [
         # The certificate of the test server is signed by SyTest's own authority.
         env => { %ENV, SSL_CERT_FILE => abs_path( "keys/ca.crt" ) },
      ],
      command      => [ @command ],
      connect_host => $self->{bind_host},
      connect_port => $self->{port},
      name         => "trellis-$self->{hs_index}",
   );
}

1;
