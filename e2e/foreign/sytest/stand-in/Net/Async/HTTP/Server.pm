# Stands in for the module of this name, which Debian does not have, as far as SyTest uses it.

package Net::Async::HTTP::Server;

use strict;
use warnings;
use base qw( IO::Async::Listener );

our $VERSION = "0.14";

use HTTP::Request;
use Net::Async::HTTP::Server::Request;

sub configure
{
   my $self = shift;
   my %params = @_;

   foreach (qw( request_class on_request )) {
      $self->{$_} = delete $params{$_} if exists $params{$_};
   }
   $self->SUPER::configure( %params );
}

sub make_request
{
   my $self = shift;
   my $class = $self->{request_class} // "Net::Async::HTTP::Server::Request";
   return $class->new( @_ );
}

# A connection was made.
sub on_stream
{
   my ( $self, $stream ) = @_;

   $stream->configure(
      close_on_read_eof => 1,
      on_read => sub {
         my ( $stream, $buffer, $eof ) = @_;
         return 0 if $eof;
         my $request = _parse( $buffer ) or return 0;
         $self->_received( $self->make_request( $stream, $request ) );
         return 1;
      },
      on_read_error  => sub {},
      on_write_error => sub {},
   );
   $self->add_child( $stream );
}

sub _received
{
   my ( $self, $request ) = @_;
   my $code = $self->{on_request} // $self->can( "on_request" );
   $self->$code( $request );
}

# Takes a request that is complete from the buffer.
sub _parse
{
   my ( $buffer ) = @_;

   my $end = index $$buffer, "\r\n\r\n";
   return undef if $end < 0;
   my $request = HTTP::Request->parse( substr $$buffer, 0, $end + 4 );
   my $length = $request->content_length // 0;
   return undef if length $$buffer < $end + 4 + $length;
   substr( $$buffer, 0, $end + 4 ) = "";
   $request->content( substr $$buffer, 0, $length, "" );
   return $request;
}

1;
