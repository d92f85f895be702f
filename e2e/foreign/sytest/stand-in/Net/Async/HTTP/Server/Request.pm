# A request to the server beside this, and the way to answer it.

package Net::Async::HTTP::Server::Request;

use strict;
use warnings;

sub new
{
   my ( $class, $stream, $request ) = @_;
   return bless { stream => $stream, request => $request }, $class;
}

sub as_http_request { return $_[0]->{request} }
sub stream          { return $_[0]->{stream} }
sub method          { return $_[0]->{request}->method }
sub protocol        { return $_[0]->{request}->protocol }
sub body            { return $_[0]->{request}->content }
sub path            { return $_[0]->{request}->uri->path }
sub query_string    { return $_[0]->{request}->uri->query }
sub query_form      { return $_[0]->{request}->uri->query_form }

sub query_param
{
   my ( $self, $name ) = @_;
   my %form = $self->query_form;
   return $form{$name};
}

sub header
{
   my ( $self, $name ) = @_;
   return scalar $self->{request}->header( $name );
}

sub headers
{
   my ( $self ) = @_;
   my @headers;
   $self->{request}->scan( sub { push @headers, [ @_ ] } );
   return @headers;
}

sub respond
{
   my ( $self, $response ) = @_;

   $response->protocol( "HTTP/1.1" );
   $response->content_length( length $response->content ) unless defined $response->content_length;
   my $closes = lc( $self->header( "Connection" ) // "" ) eq "close";
   $self->{stream}->write( $response->as_string( "\r\n" ) );
   $self->{stream}->close_when_empty if $closes;
   return;
}

1;
